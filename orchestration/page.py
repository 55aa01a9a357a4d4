"""Dagster's page, which answers under the names of this machine alone, and only what its own pages ask.

Whoever can make it answer can start runs. A page of the web that a browser here has open could ask it under a name that
the web's owner makes point here (DNS rebinding), or ask it across origins. MLflow's server looks at both by itself.

``python -m orchestration.page`` takes the options of ``dagster-webserver``.
"""

from urllib.parse import urlsplit

from dagster_webserver import app, cli
from dagster_webserver.webserver import DagsterWebserver
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_NAMES = ["127.0.0.1", "localhost", "[::1]"]


class SameOrigin:
    """Refuses what other origins ask, over HTTP and over web sockets; a link that a person follows is no such thing."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] in ("http", "websocket") and is_foreign(Headers(scope=scope)):
            await PlainTextResponse("Another origin asks, and is not answered.", 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def is_foreign(headers: Headers) -> bool:
    """Whether a page of another origin asks, as far as the browser says."""
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return True
    return headers.get("sec-fetch-site") in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate"


class Webserver(DagsterWebserver):
    """Dagster's, behind the two checks."""

    def build_middleware(self) -> list[Middleware]:
        """See ``DagsterWebserver``."""
        checks = [Middleware(TrustedHostMiddleware, allowed_hosts=_NAMES, www_redirect=False), Middleware(SameOrigin)]
        return [*checks, *super().build_middleware()]


if __name__ == "__main__":
    app.DagsterWebserver = Webserver  # type: ignore[misc]
    cli.main()
