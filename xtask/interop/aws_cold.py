"""Reads from AWS without a cache by boto3 or s1crets, as examples/cold.rs of ours does:
`aws_cold.py boto3|s1crets sm|ps get FIRST NAME...` prints the milliseconds of CPU of a get and the
median of its latencies; `aws_cold.py s1crets sm|ps path PREFIX` what it all took."""

import importlib
import json
import os
import statistics
import sys
import time

import boto3

# The variable of the other SDKs is not one that boto3 reads.
os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"]


def boto3_get(service):
    if service == "sm":
        client = boto3.client("secretsmanager")
        return lambda name: client.get_secret_value(SecretId=name)["SecretString"]
    client = boto3.client("ssm")
    return lambda name: client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


def measured(work):
    cpu, start = time.process_time(), time.perf_counter()
    work()
    return (time.process_time() - cpu) * 1000, (time.perf_counter() - start) * 1000


def gets(get, first, names):
    get(first)
    walls = []

    def work():
        for name in names:
            start = time.perf_counter()
            get(name)
            walls.append((time.perf_counter() - start) * 1000)

    cpu, _ = measured(work)
    return {"found": len(walls), "cpu": cpu / len(names), "wall": statistics.median(walls)}


def below(get_by_path, prefix):
    found = {}
    cpu, wall = measured(lambda: found.update(get_by_path(prefix)))
    return {"found": len(found), "cpu": cpu, "wall": wall}


def main():
    who, service, mode, *paths = sys.argv[1:]
    if who == "boto3":
        get = boto3_get(service)
    else:
        # What its functions come to after their first call; each makes its client once.
        provider = importlib.import_module(f"s1crets.providers.aws.{service}").SecretProvider()
        get = provider.get
    if mode == "get":
        costs = gets(get, paths[0], paths[1:])
    else:
        costs = below(provider.get_by_path, *paths)
    print(json.dumps(costs))


main()
