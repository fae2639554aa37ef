"""The OpenAPI document holds: schemathesis makes requests from it, good and bad, and looks at every answer.

No request may be answered by a fault of the server, by a status or a body that the document does not tell of, or be
taken although it contradicts the document.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
# Requests for each operation and phase; more in a longer run.
EXAMPLES = os.environ.get("HOSK_EXAMPLES", "10")
LIMIT_SECONDS = 1_500
# Not `ignored_auth`: after some wrong passwords a caller has to wait. Not `positive_data_acceptance`: that one property
# of several must be there, or that a key fits 64 bits, no schema says.
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,unsupported_method"
)


def test_every_answer_is_what_the_document_says(server: Any, tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={FOLDER / 'schemathesis.toml'}",
        "run",
        f"{server.address}/openapi.json",
        f"--auth={server.user}:{server.password}",
        f"--checks={CHECKS}",
        f"--max-examples={EXAMPLES}",
        # It waits for jobs, which is what it is for; its refusals are tested elsewhere.
        "--exclude-operation-id=activateJobs",
        # It cannot make up a component; files that are none are tested elsewhere.
        "--exclude-operation-id=installPlugin",
        # It writes no CSV; the files of value maps are tested elsewhere.
        "--exclude-operation-id=putValueMapCsv",
        "--seed=1",
        "--workers=2",
        "--no-color",
        "--request-timeout=20",
        "--warnings=off",
        "--suppress-health-check=all",
    ]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT_SECONDS)
    assert ended.returncode == 0, ended.stdout[-12_000:] + ended.stderr[-2_000:]
    assert "No test cases were generated" not in ended.stdout
