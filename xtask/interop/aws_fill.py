"""Secrets and parameters for the bench: `aws_fill.py make|remove PREFIX COUNT`."""

import os
import sys

import boto3

os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"]
what, prefix, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
secrets, parameters = boto3.client("secretsmanager"), boto3.client("ssm")
for number in range(count):
    name = f"{prefix}/{number:03}"
    if what == "make":
        secrets.create_secret(Name=name, SecretString=f"the secret at {name}")
        parameters.put_parameter(Name=f"/{name}", Value=f"the secret at {name}", Type="SecureString")
    else:
        secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        parameters.delete_parameter(Name=f"/{name}")
