"""Dagster's page, which answers under the names of this machine alone, and only what its own pages ask.

It also shows the pages that stages write, the report and Data Docs, so that Dagster can link to them.

Whoever can make it answer can start runs. A page of the web that a browser here has open could ask it under a name that
the web's owner makes point here (DNS rebinding), or ask it across origins. MLflow's server looks at both by itself.

``python -m orchestration.page`` takes the options of ``dagster-webserver``.
"""

from typing import Any
from urllib.parse import urlsplit

from dagster_webserver import app, cli
from dagster_webserver.webserver import DagsterWebserver
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from mgiqa.workspace import Workspace
from orchestration.metadata import OUTPUTS

_NAMES = ["127.0.0.1", "localhost", "[::1]"]

ALONE = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a page of a stage may do in a browser: be looked at. Its origin is its own, so it can ask Dagster nothing."""


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

    def build_static_routes(self) -> list[Any]:
        """See ``DagsterWebserver``."""
        return [Route(f"{OUTPUTS}/{{path:path}}", show_output), *super().build_static_routes()]


async def show_output(request: Request) -> Response:
    """A page below ``data/`` of the checkout that this server was started in."""
    data = Workspace.find().data.resolve()
    page = (data / request.path_params["path"]).resolve()
    if page.suffix != ".html" or not page.is_relative_to(data) or not page.is_file():
        return PlainTextResponse("No stage has written such a page.", 404)
    return FileResponse(page, headers={"Content-Security-Policy": ALONE, "X-Content-Type-Options": "nosniff"})


if __name__ == "__main__":
    app.DagsterWebserver = Webserver  # type: ignore[misc]
    cli.main()
