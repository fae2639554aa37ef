"""What generated requests may not do: wait."""

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
