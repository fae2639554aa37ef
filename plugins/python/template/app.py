"""A connector with one operation. docs/plugins.md of hosk tells the rest."""

from urllib.parse import quote

import hosk_plugin
from hosk_plugin import Connector, credential

connector = Connector("my-plugin", 1, "My plugin")


@connector.operation(
    "find-client",
    title="Find client",
    delivery="idempotent",
    input={
        "type": "object",
        "required": ["code"],
        "properties": {"code": {"type": "string", "title": "Code", "minLength": 1}},
    },
    output={"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
    errors=[{"code": "CLIENT_NOT_FOUND", "meaning": "Nobody has this code"}],
    capabilities={"network": True, "secrets": ["TOKEN"]},
)
def find_client(input, call):
    path = hosk_plugin.settings().get("clients", "/clients")
    answer = hosk_plugin.get(
        f"{path}/{quote(input['code'], safe='')}", credentials=[credential.bearer("{{secrets.TOKEN}}")]
    )
    return {"name": answer.raise_for_status().json()["name"]}


Plugin = connector.exported()
