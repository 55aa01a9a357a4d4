"""Dagster's page answers under this machine's names alone, and only what its own pages ask."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket

from orchestration import dev
from orchestration.page import Webserver, show_output

OWN = "http://localhost:3000"
HOSTILE = [
    {"host": "evil.example"},
    {"host": "evil.example:3000"},
    {"host": "10.evil.example"},
    {"host": "localhost.evil.example"},
    {"host": "192.168.0.7:3000"},
    {"host": ""},
    {"origin": "http://evil.example"},
    {"origin": "http://localhost:5000"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
    {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
]
FRIENDLY = [
    {},
    {"host": "127.0.0.1:3000"},
    {"host": "[::1]:3000"},
    {"host": "localhost:8123"},
    {"origin": OWN, "sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
]


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse("answered")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("answered")
    await socket.close()


@pytest.fixture(scope="module")
def client() -> TestClient:
    """A page behind the checks of ours."""
    checks = Webserver.__new__(Webserver).build_middleware()
    routes = [Route("/graphql", answer, methods=["GET", "POST"]), WebSocketRoute("/graphql", talk)]
    return TestClient(Starlette(routes=routes, middleware=checks), base_url=OWN)


@pytest.mark.parametrize("headers", HOSTILE, ids=str)
def test_others_are_not_answered(client: TestClient, headers: Mapping[str, str]) -> None:
    assert client.get("/graphql", headers=headers).status_code in (400, 403)
    assert client.post("/graphql", headers=headers).status_code in (400, 403)
    host = {"host": "localhost:3000"}  # which the client of the test leaves out, so that it would be refused for that
    with (
        pytest.raises(WebSocketDenialResponse),
        client.websocket_connect("/graphql", headers={**host, **headers}),
    ):
        raise AssertionError


@pytest.mark.parametrize("headers", FRIENDLY, ids=str)
def test_people_here_are_answered(client: TestClient, headers: Mapping[str, str]) -> None:
    assert client.get("/graphql", headers=headers).text == "answered"
    assert client.post("/graphql", headers=headers).text == "answered"
    host = {"host": "localhost:3000"}  # which the client of the test leaves out
    with client.websocket_connect("/graphql", headers={**host, **headers}) as socket:
        assert socket.receive_text() == "answered"


def test_pages_that_stages_wrote_are_shown_and_no_other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "params.yaml").touch()
    report = tmp_path / "data" / "report"
    report.mkdir(parents=True)
    for file in (report / "report.html", report / "records.json", tmp_path / "secret.html"):
        file.write_text("<script>alert(1)</script>", encoding="utf-8")
    (report / "link.html").symlink_to(tmp_path / "secret.html")
    monkeypatch.chdir(tmp_path)
    client = TestClient(Starlette(routes=[Route("/outputs/{path:path}", show_output)]), base_url=OWN)
    page = client.get("/outputs/report/report.html")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("sandbox; default-src 'none';")
    for other in ("report/records.json", "report/link.html", "..%2Fsecret.html", "../secret.html", "report", "x.html"):
        assert client.get(f"/outputs/{other}").status_code == 404, other


def test_dagster_dev_starts_this_page_in_place_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[list[str]] = []
    monkeypatch.setattr(dev, "_begin", lambda command, **options: begun.append(command))
    dev.start(["python", "-m", "dagster_webserver", "--port", "3000"])
    dev.start(["python", "-m", "dagster._daemon", "run"])
    assert begun == [
        ["python", "-m", "orchestration.page", "--port", "3000"],
        ["python", "-m", "dagster._daemon", "run"],
    ]
