"""Write connectors for hosk in Python.

The contract and the operations go in, the exports of the interface come out. An operation is a function of its input and
of the call's context; what it returns is the output. Exceptions become failures, so an operation just raises.
"""

import json
import traceback
import urllib.parse
from dataclasses import dataclass
from typing import Any, Callable, Optional

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import config as _config
from wit_world.imports import http as _http
from wit_world.imports import log as _log
from wit_world.imports import types as _types

_KINDS = {
    "invalid-input": _types.FailureKind.INVALID_INPUT,
    "unauthorized": _types.FailureKind.UNAUTHORIZED,
    "not-found": _types.FailureKind.NOT_FOUND,
    "conflict": _types.FailureKind.CONFLICT,
    "rate-limited": _types.FailureKind.RATE_LIMITED,
    "transient": _types.FailureKind.TRANSIENT,
    "permanent": _types.FailureKind.PERMANENT,
}


class Failure(Exception):
    """The attempt failed; the kind decides whether it is repeated."""

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        retry_after_ms: Optional[int] = None,
        code: Optional[str] = None,
        details: Any = None,
    ):
        super().__init__(message)
        if kind not in _KINDS:
            raise ValueError(f"`{kind}` is no kind of failure: there are {', '.join(_KINDS)}")
        self.kind, self.message = kind, message
        self.retry_after_ms, self.code, self.details = retry_after_ms, code, details


class BpmnError(Exception):
    """A business result that the contract declares: it leaves the step by an error boundary event."""

    def __init__(self, code: str, message: str, variables: Optional[dict] = None):
        super().__init__(message)
        self.code, self.message, self.variables = code, message, variables or {}


class log:
    """Lines for the operator."""

    @staticmethod
    def debug(message: Any) -> None:
        _log.write(_log.Level.DEBUG, str(message))

    @staticmethod
    def info(message: Any) -> None:
        _log.write(_log.Level.INFO, str(message))

    @staticmethod
    def warning(message: Any) -> None:
        _log.write(_log.Level.WARN, str(message))

    @staticmethod
    def error(message: Any) -> None:
        _log.write(_log.Level.ERROR, str(message))


def settings() -> dict:
    """What the administrator configured."""
    return json.loads(_config.settings())


def secrets() -> list:
    """Names of the connection's secrets. Their values never come here: see `credential`."""
    return list(_config.secrets())


class credential:
    """Where the host puts a secret: templates name it as {{secrets.NAME}}."""

    @staticmethod
    def header(name: str, template: str):
        return _http.Credential_Header((name, template))

    @staticmethod
    def bearer(template: str):
        return _http.Credential_Header(("authorization", f"Bearer {template}"))

    @staticmethod
    def query(name: str, template: str):
        return _http.Credential_Query((name, template))

    @staticmethod
    def basic(user: str, password: str):
        return _http.Credential_Basic((user, password))

    @staticmethod
    def body(marker: str, template: str):
        return _http.Credential_Body((marker, template))


@dataclass
class Response:
    """An answer of any status."""

    status: int
    headers: dict
    content: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        try:
            return json.loads(self.content)
        except ValueError:
            raise Failure("permanent", f"the answer is not JSON: {self.text[:200]}") from None

    def raise_for_status(self) -> "Response":
        """Itself when it is a success; otherwise a failure of the kind that fits the status."""
        if self.ok:
            return self
        kinds = {
            400: "invalid-input",
            401: "unauthorized",
            403: "unauthorized",
            404: "not-found",
            408: "transient",
            409: "conflict",
            429: "rate-limited",
        }
        kind = kinds.get(self.status, "transient" if self.status >= 500 else "permanent")
        wait = self.headers.get("retry-after", "")
        raise Failure(
            kind,
            f"the target answered {self.status}: {self.text[:500]}",
            code=str(self.status),
            retry_after_ms=int(wait) * 1000 if wait.isdigit() else None,
        )


def request(
    method: str,
    url: str,
    *,
    params: Optional[dict] = None,
    headers: Optional[dict] = None,
    json_body: Any = None,
    data: Optional[bytes] = None,
    credentials: Optional[list] = None,
    timeout_ms: Optional[int] = None,
) -> Response:
    """A request through the host: only to granted hosts, with the secrets that `credentials` name."""
    all_headers = {name.lower(): str(value) for name, value in (headers or {}).items()}
    if json_body is not None:
        data = json.dumps(json_body, ensure_ascii=False).encode()
        all_headers.setdefault("content-type", "application/json")
    if params:
        given = {name: value for name, value in params.items() if value is not None}
        url += ("&" if "?" in url else "?") + urllib.parse.urlencode(given)
    try:
        answer = _http.send(
            _http.Request(method, url, list(all_headers.items()), data, credentials or [], timeout_ms)
        )
    except Err as error:
        # The host's own failure, handed on as it is.
        raise Err(_types.Error_Failure(error.value)) from None
    return Response(answer.status, dict(answer.headers), answer.body)


def get(url: str, **options) -> Response:
    """A GET request."""
    return request("GET", url, **options)


def post(url: str, **options) -> Response:
    """A POST request."""
    return request("POST", url, **options)


def put(url: str, **options) -> Response:
    """A PUT request."""
    return request("PUT", url, **options)


def delete(url: str, **options) -> Response:
    """A DELETE request."""
    return request("DELETE", url, **options)


def _failure(kind: str, message: str, retry_after_ms=None, code=None, details=None) -> Err:
    if details is not None and not isinstance(details, str):
        details = json.dumps(details)
    return Err(_types.Error_Failure(_types.Failure(_KINDS[kind], message, retry_after_ms, code, details)))


class Connector:
    """A contract and its operations."""

    def __init__(self, id: str, version: int, title: str):
        self._contract = {"id": id, "version": version, "title": title, "operations": []}
        self._operations: dict = {}

    def operation(
        self, name: str, *, title: str, delivery: str, input: dict, output: dict, **more
    ) -> Callable[[Callable], Callable]:
        """Adds an operation: `errors`, `description`, `defaults`, `capabilities`, `taskTypes` as needed."""

        def add(function: Callable) -> Callable:
            self._contract["operations"].append(
                {"name": name, "title": title, "delivery": delivery, "inputSchema": input, "outputSchema": output, **more}
            )
            self._operations[name] = function
            return function

        return add

    def exported(self):
        """The class that the interface asks for; the module names it `Plugin`."""
        contract, operations = json.dumps(self._contract, ensure_ascii=False), self._operations

        class Plugin(exports.Plugin):
            def describe(self) -> str:
                return contract

            def invoke(self, call) -> str:
                function = operations.get(call.operation)
                if function is None:
                    raise _failure("permanent", f"there is no operation `{call.operation}`")
                try:
                    output = function(json.loads(call.input), call.context)
                    return json.dumps(output, ensure_ascii=False, allow_nan=False)
                except BpmnError as error:
                    variables = json.dumps(error.variables, ensure_ascii=False)
                    raise Err(_types.Error_BpmnError(_types.BpmnError(error.code, error.message, variables))) from None
                except Failure as error:
                    raise _failure(
                        error.kind, error.message, error.retry_after_ms, error.code, error.details
                    ) from None
                except Err:
                    raise
                except Exception as error:
                    log.error(traceback.format_exc())
                    raise _failure("permanent", f"the plugin made a mistake: {type(error).__name__}: {error}") from None

        return Plugin
