"""The clients of the first generation: aliyun-secret-manager-client, and ProxyAcsClient on top.

Reads a task as JSON from stdin and prints the answer as JSON. A task has `kind`:
  access-key, client-key   read the secrets `names` from the shared gateway `endpoint`
  dkms                     the same from the API of the KMS instance at `endpoint`
  managed                  call GetCallerIdentity with the managed credentials `names[0]`, then have
                           the key replaced at `control`, and call again
"""

import builtins
import json
import os
import sys
import tempfile
import urllib.request

# Both read their properties in a mode that Python has had no longer since 3.11.
open_as_ever = builtins.open
builtins.open = lambda file, mode="r", *rest, **named: open_as_ever(
    file, mode.replace("U", ""), *rest, **named)

from alibaba_cloud_secretsmanager_client.model.dkms_config import DKmsConfig
from alibaba_cloud_secretsmanager_client.model.region_info import RegionInfo
from alibaba_cloud_secretsmanager_client.secret_manager_cache_client_builder import (
    SecretManagerCacheClientBuilder,
)
from alibaba_cloud_secretsmanager_client.service.default_secret_manager_client_builder import (
    DefaultSecretManagerClientBuilder,
)


def builder_of(task):
    builder = DefaultSecretManagerClientBuilder()
    if task["kind"] == "dkms":
        config = DKmsConfig(ca_file_path=task["ca"])
        config.region_id, config.endpoint = "cn-hangzhou", task["endpoint"]
        config.client_key_file, config.password = task["key_file"], task["password"]
        return builder.add_dkms_config(config)
    builder.add_region_info(RegionInfo("cn-hangzhou", endpoint=task["endpoint"]))
    if task["kind"] == "access-key":
        return builder.with_access_key(task["key_id"], task["secret"])
    os.environ.update({
        "credentials_type": "client_key",
        "client_key_private_key_path": task["key_file"],
        "client_key_password_from_env_variable": "PASSWORD_OF_THE_TASK",
        "PASSWORD_OF_THE_TASK": task["password"],
    })
    return builder


def read(task):
    client = SecretManagerCacheClientBuilder.new_cache_client_builder(
        builder_of(task).build()).build()
    values = {name: client.get_secret_info(name).secret_value for name in task["names"]}
    client.close()
    return values


def managed(task):
    from aliyun_sdk_secretsmanager_common_plugin.utils.config_loader import ConfigLoader
    from aliyun_sdk_secretsmanager_sdk_core_plugin.proxy_acs_client import ProxyAcsClient
    from aliyunsdkcore.request import CommonRequest

    regions = json.dumps([{"regionId": "cn-hangzhou", "endpoint": task["endpoint"]}])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "managed.properties")
        with open(path, "w") as file:
            file.write(f"credentials_type=ak\ncredentials_access_key_id={task['key_id']}\n"
                       f"credentials_access_secret={task['secret']}\n"
                       f"cache_client_region_id={regions}\n")
        ConfigLoader.set_config_name(path)
        client = ProxyAcsClient(task["names"][0], region_id="cn-hangzhou")

    def caller():
        request = CommonRequest(version="2015-04-01", action_name="GetCallerIdentity")
        request.set_domain(task["endpoint"].removeprefix("http://"))
        request.set_protocol_type("http")
        request.set_method("POST")
        return json.loads(client.do_action_with_exception(request))["Arn"]

    before = caller()
    order = json.dumps({"name": task["names"][0]}).encode()
    urllib.request.urlopen(task["control"] + "/fake/rotate", data=order).read()
    return {"before": before, "after": caller()}


task = json.load(sys.stdin)
answer = managed(task) if task["kind"] == "managed" else read(task)
print(json.dumps(answer), flush=True)
# The schedulers of these clients have threads that outlive their being closed.
os._exit(0)
