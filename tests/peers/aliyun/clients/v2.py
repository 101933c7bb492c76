"""The client of the second generation, alibabacloud-secretsmanager-client-v2, which signs ACS3.

Reads a task as JSON from stdin, or from the file that is named, and prints the values:
`{"endpoint", "key_id", "secret", "names"}`.
"""

import json
import os
import sys

from alibabacloud_secretsmanager_client_v2.secret_manager_cache_client_builder import (
    SecretManagerCacheClientBuilder,
)
from alibabacloud_secretsmanager_client_v2.service.default_secret_manager_client_builder import (
    DefaultSecretManagerClientBuilder,
)
from alibabacloud_tea_openapi.models import Config

task = json.load(open(sys.argv[1]) if len(sys.argv) > 1 else sys.stdin)
protocol, _, endpoint = task["endpoint"].partition("://")
config = Config(
    endpoint=endpoint, protocol=protocol, region_id="cn-hangzhou",
    access_key_id=task["key_id"], access_key_secret=task["secret"],
)
builder = DefaultSecretManagerClientBuilder().add_config(config)
client = SecretManagerCacheClientBuilder.new_cache_client_builder(builder.build()).build()
values = {name: client.get_secret_info(name).secret_value for name in task["names"]}
print(json.dumps(values), flush=True)
# The scheduler of this client has threads that outlive its being closed.
os._exit(0)
