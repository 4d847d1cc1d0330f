"""The empty document that comes before every page carries the house's styles."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from pages.ui.first_paint import FirstPaint

DOCUMENT = '<html lang="en"><head><title>t</title></head><body>' + "x" * 5000 + "</body></html>"
BROWSER = {"accept": "text/html,*/*", "accept-encoding": "gzip"}


def document(request: Request) -> Response:
    if request.headers.get("if-none-match") == '"1"':
        return Response(status_code=304)
    return HTMLResponse(DOCUMENT, headers={"etag": '"1"'})


def form(request: Request) -> Response:
    return HTMLResponse(DOCUMENT)


def client() -> TestClient:
    routes = [Route("/", document), Route("/sign-in", form)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(FirstPaint), Middleware(GZipMiddleware)]))


def test_the_document_carries_the_styles_and_is_otherwise_the_same() -> None:
    said = client().get("/", headers=BROWSER)
    before, rest = said.text.split("<style>")
    style, after = rest.split("</style>")
    assert ".stApp" in style
    assert before + after == DOCUMENT
    assert said.headers["content-length"] == str(len(said.content))


def test_the_document_says_its_language() -> None:
    assert '<html lang="zh-CN"' in client().get("/?lang=zh&run=3", headers=BROWSER).text
    assert '<html lang="en"' in client().get("/?lang=fr", headers=BROWSER).text


def test_a_browser_never_keeps_a_document_with_older_styles() -> None:
    said = client().get("/", headers={**BROWSER, "if-none-match": '"1"'})
    assert said.status_code == 200
    assert "etag" not in said.headers


def test_pages_of_our_own_and_programs_are_left_alone() -> None:
    assert "<style>" not in client().get("/sign-in", headers=BROWSER).text
    assert "<style>" not in client().get("/", headers={"accept": "application/json"}).text
