"""Everything that a plugin should not do."""

import json

import hosk_plugin
from hosk_plugin import Connector, credential, log

connector = Connector("hostile", 1, "Hostile")
DEFAULTS = {"retries": 0, "backoff": {"initialMs": 1000, "maximumMs": 1000}, "timeoutMs": 3000}


def operation(name, title):
    return connector.operation(
        name, title=title, delivery="idempotent", input={"type": "object"}, output={}, defaults=DEFAULTS
    )


@operation("loop", "Never end")
def loop(input, call):
    while True:
        pass


@operation("memory", "Take all memory")
def memory(input, call):
    everything = []
    while True:
        everything.append(bytearray(1 << 20))


@operation("recursion", "Call itself")
def recursion(input, call):
    def dive(depth):
        return dive(depth + 1) + 1

    return dive(0)


@operation("exception", "Raise")
def exception(input, call):
    raise RuntimeError("on purpose")


@operation("output", "Hand over too much")
def output(input, call):
    return "x" * (8 << 20)


@operation("logs", "Flood the log")
def logs(input, call):
    for _ in range(10_000):
        log.info("again")


@operation("host", "Ask a host that is not granted")
def host(input, call):
    return hosk_plugin.get("http://10.11.12.13/").status


@operation("secret", "Ask for the secret of another connection")
def secret(input, call):
    return hosk_plugin.get("/", credentials=[credential.bearer("{{secrets.OTHER}}")]).status


@operation("look", "Look for secrets")
def look(input, call):
    return {"settings": "sesame" in json.dumps(hosk_plugin.settings()), "names": hosk_plugin.secrets()}


Plugin = connector.exported()
