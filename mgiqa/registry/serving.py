"""A registered model behind HTTP, on this machine only: MLflow's scoring server, with bounds before it.

    python -P -m mgiqa.registry.serving FOLDER PORT CONFIG

is how ``mgiqa serve`` starts it, with the code that the model was registered with. By itself MLflow's server takes a
body of any size in any form, and answers a bad one with a trace of the stack. Here what it says of an error is
replaced.
"""

import json
import logging
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from mgiqa.errors import RegistryError
from mgiqa.registry.allowed import SENTENCE, Allowed

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "127.0.0.1"
MODULE = "mgiqa.registry.serving"
PATHS = frozenset({"/invocations", "/ping", "/health", "/version"})
MOST_PARTS = 10_000
"""Commas and brackets of a body: a frame of 64 images has a few hundred, and each part costs a hundred bytes."""
BESIDES_IMAGES = 1_000_000
"""Bytes of a body besides its images."""
_TOGETHER = 32
"""Requests at a time; further ones are told to come back."""
_SAID = {
    400: "The request is no frame with a column image.",
    404: "There is no such page; POST to /invocations.",
    413: "The request is too large.",
    415: "The request is no application/json.",
    422: "The request is no frame with a column image.",
    504: "The model took too long.",
}


def application(folder: Path, allowed: Allowed) -> "ASGIApp":
    """The model of an MLflow folder as an ASGI application."""
    from mlflow.pyfunc import load_model
    from mlflow.pyfunc.scoring_server import init
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    app = init(load_model(str(folder), model_config=asdict(allowed)))
    return TrustedHostMiddleware(Bounded(app, allowed.size + BESIDES_IMAGES), [HOST, "localhost"], www_redirect=False)


class Bounded:
    """Lets requests through that are JSON, of a bounded size and number of parts; says errors in one sentence.

    Args:
        app: what answers.
        most: bytes of a body.
    """

    def __init__(self, app: "ASGIApp", most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answers a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = _refusal(scope)
        body = b"" if refusal else await _body(receive, self.most)
        if body is None or sum(body.count(part) for part in (b",", b"[", b"{")) > MOST_PARTS:
            refusal = 413
        if refusal:
            await _say(send, refusal, _SAID[refusal])
            return
        await self.app(scope, _once(body or b""), _Plain(send))


class _Plain:
    """Passes an answer on, and in place of one that tells of an error a sentence."""

    def __init__(self, send: "Send") -> None:
        self.send, self.status, self.body = send, 0, b""

    async def __call__(self, message: "Message") -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        if self.status < 400:
            await self.send(message)
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await _say(self.send, self.status, _sentence(self.status, self.body))


def _refusal(scope: "Scope") -> int:
    """The status that refuses a request by its head alone; 0 if none does."""
    if scope["path"] not in PATHS:
        return 404
    kind = dict(scope["headers"]).get(b"content-type", b"").partition(b";")[0].strip()
    return 415 if scope["method"] == "POST" and kind != b"application/json" else 0


async def _body(receive: "Receive", most: int) -> bytes | None:
    """The body of a request; None as soon as it is too large."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most:
            return None
        more = message.get("more_body", False)
    return bytes(body)


def _once(body: bytes) -> "Receive":
    """Gives the whole body at the first call, and then that nothing more comes."""
    messages: list[Message] = [{"type": "http.disconnect"}, {"type": "http.request", "body": body}]

    async def receive() -> "Message":
        return messages.pop() if len(messages) > 1 else messages[0]

    return receive


def _sentence(status: int, body: bytes) -> str:
    """The sentence of the model where it is the one that refused, else a fixed one."""
    try:
        return str(json.loads(body)[SENTENCE])
    except (ValueError, KeyError, TypeError):
        return _SAID.get(status, "The request could not be answered.")


async def _say(send: "Send", status: int, sentence: str) -> None:
    content = json.dumps({"message": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def server_command(folder: Path, port: int, allowed: Allowed) -> tuple[list[str], dict[str, str]]:
    """Program with arguments, and environment, that serve an MLflow folder by the code that lies in it.

    Raises:
        RegistryError: the version is from before models brought that code along.
    """
    if not (folder / "code" / Path(*MODULE.split(".")).with_suffix(".py")).is_file():
        raise RegistryError(
            f"the model in {folder} was registered before models could be served so",
            remedy="Train and register another, or use `mlflow models serve` for yourself alone.",
        )
    program = [sys.executable, "-P", "-m", MODULE, str(folder), str(port), json.dumps(asdict(allowed))]
    return program, {**os.environ, "PYTHONPATH": str(folder / "code")}


def main(folder: str, port: str, config: str) -> None:
    """Serves until Ctrl-C."""
    import uvicorn

    from mgiqa.cores import share_cores
    from mgiqa.quiet import silence_tools

    silence_tools()
    share_cores()
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    app = application(Path(folder), Allowed(**json.loads(config)))
    uvicorn.run(app, host=HOST, port=int(port), log_level="warning", limit_concurrency=_TOGETHER)


if __name__ == "__main__":
    main(*sys.argv[1:])
