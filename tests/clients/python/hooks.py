"""What generated requests may not do: wait, and say `null`."""

from typing import Any

import schemathesis

# Milliseconds. Longer ones are valid and would be waited for.
LONGEST_WAIT = 50
WAITS = ("requestTimeout", "timeout")


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Cuts waits that a valid body asks for; others are sent as they are."""
    if isinstance(body, dict):
        for name in WAITS:
            asked = body.get(name)
            if isinstance(asked, (int, float)) and not isinstance(asked, bool) and asked > LONGEST_WAIT:
                body[name] = LONGEST_WAIT
    return body


@schemathesis.hook
def filter_body(context: Any, body: Any) -> bool:
    """`null` stands for absence wherever a property may be left out, which the document does not repeat at each."""
    return not _says_null(body)


def _says_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_says_null(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_says_null(inner) for inner in value)
    return value is None
