"""A stand-in for Alibaba Cloud on this machine: KMS, STS, the metadata of an instance, a KMS instance.

Every signature is computed anew with Alibaba's own packages and compared, so a request that gets
through here is one that the real gateways would have understood.
"""
