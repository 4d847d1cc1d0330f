"""The gate, the sign-in form and the headers, around an application of two lines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.services import front_door, sign_in
from core.store.db import migrate
from tests.services.test_sign_in import PASSWORD, forget, quick_hashes, start_with

PAGE = {"accept": "text/html"}
SOCKET = "ws://127.0.0.1:8501/_stcore/stream"


async def page(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("the page")


async def socket(opened: WebSocket) -> None:
    await opened.accept()
    await opened.close()


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sign_in, "has_oidc", lambda: False)
    quick_hashes(monkeypatch)
    forget()
    migrate()
    yield
    forget()


@pytest.fixture
def protected(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    start_with(PASSWORD, monkeypatch)
    return browser()


async def elsewhere(_request: Request) -> RedirectResponse:
    return RedirectResponse("/", 302)


def browser(address: str = "http://127.0.0.1:8501") -> TestClient:
    rest = [
        *(Route(path, elsewhere) for path in (*front_door.TO_PROVIDER, front_door.FROM_PROVIDER)),
        Route("/api/health", page),
        WebSocketRoute("/_stcore/stream", socket),
        Route("/{path:path}", page, methods=["GET", "PUT"]),
    ]
    app = Starlette(routes=[*front_door.routes(), *rest], middleware=front_door.middleware())
    return TestClient(app, base_url=address, follow_redirects=False)


def test_a_stranger_is_led_to_the_form_and_back_to_the_page_they_wanted(protected: TestClient) -> None:
    led = protected.get("/runs?run=3&lang=zh", headers=PAGE)
    assert led.status_code == 303
    assert led.headers["location"] == "/sign-in?next=%2Fruns%3Frun%3D3%26lang%3Dzh&lang=zh"
    form = protected.get(led.headers["location"])
    assert "密码" in form.text
    taken = protected.post(led.headers["location"], data={"password": PASSWORD})
    assert taken.headers["location"] == "/runs?run=3&lang=zh"
    assert protected.get("/runs?run=3", headers=PAGE).text == "the page"


def test_without_sign_in_no_upload_file_or_socket_is_reached(protected: TestClient) -> None:
    for path in ("/_stcore/upload_file/x/y", "/media/secret.csv", "/static/../data", "/_stcore/health"):
        assert protected.get(path).status_code == 401
    assert protected.put("/_stcore/upload_file/x/y", content=b"x").status_code == 401
    with pytest.raises(WebSocketDisconnect), protected.websocket_connect(SOCKET):
        pass
    assert protected.get("/api/health").status_code == 200


def test_a_socket_opens_once_signed_in(protected: TestClient) -> None:
    protected.post("/sign-in", data={"password": PASSWORD})
    with protected.websocket_connect(SOCKET):
        pass


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(protected: TestClient) -> None:
    cookie = protected.post("/sign-in", data={"password": PASSWORD}).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    over_https = browser("https://models.example.org").post("/sign-in", data={"password": PASSWORD})
    assert "secure" in over_https.headers["set-cookie"].lower()


def test_a_wrong_password_sets_no_cookie_and_says_so_in_the_readers_language(protected: TestClient) -> None:
    refused = protected.post("/sign-in?lang=zh", data={"password": "guess"})
    assert refused.status_code == 401
    assert "密码不正确" in refused.text
    assert "set-cookie" not in refused.headers


def test_who_guesses_is_told_how_long_to_wait(protected: TestClient) -> None:
    for _ in range(sign_in.FREE_TRIES):
        protected.post("/sign-in", data={"password": "guess"})
    told = protected.post("/sign-in", data={"password": PASSWORD})
    assert told.status_code == 429
    assert int(told.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_a_form_that_another_site_sends_is_refused(protected: TestClient, headers: dict[str, str]) -> None:
    for path in ("/sign-in", "/api/sign-out"):
        refused = protected.post(path, data={"password": PASSWORD}, headers=headers)
        assert refused.status_code in (401, 403)
        assert "set-cookie" not in refused.headers


def test_our_own_form_is_taken(protected: TestClient) -> None:
    headers = {"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:8501"}
    assert protected.post("/sign-in", data={"password": PASSWORD}, headers=headers).status_code == 303


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"]
)
def test_nobody_is_sent_to_another_site(protected: TestClient, wanted: str) -> None:
    taken = protected.post("/sign-in", params={"next": wanted}, data={"password": PASSWORD})
    assert taken.headers["location"] == "/"


def test_what_is_in_the_address_never_becomes_markup(protected: TestClient) -> None:
    form = protected.get("/sign-in", params={"next": '/"><script>alert(1)</script>', "lang": '"><b>'})
    assert "<script" not in form.text
    assert "<b>" not in form.text
    assert "default-src 'none'" in form.headers["content-security-policy"]


def test_the_forms_font_and_health_need_no_sign_in(protected: TestClient) -> None:
    assert protected.get("/assets/fonts/inter-latin.woff2").status_code == 200
    assert protected.get("/assets/icons/bot.svg").status_code == 401


def test_signing_out_ends_the_session(protected: TestClient) -> None:
    protected.post("/sign-in", data={"password": PASSWORD})
    assert protected.post("/api/sign-out").status_code == 303
    assert protected.get("/", headers=PAGE).status_code == 303


@pytest.mark.parametrize("address", ["http://127.0.0.1:8501", "http://localhost:8501", "http://[::1]:8501"])
def test_an_open_house_answers_on_its_own_machine(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_door, "_server_address", lambda _scope: "127.0.0.1")
    assert browser(address).get("/").text == "the page"


def test_an_open_house_answers_to_no_other_name_nor_address(monkeypatch: pytest.MonkeyPatch) -> None:
    rebound = browser().get("/", headers={"host": "evil.example:8501"})
    assert rebound.status_code == 403
    assert "MODELWRIGHT_PASSWORD" in rebound.text
    monkeypatch.setattr(front_door, "_server_address", lambda _scope: "192.168.1.7")
    assert browser().get("/").status_code == 403


def test_every_answer_carries_the_safe_headers() -> None:
    headers = browser().get("/").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]


@pytest.fixture
def by_provider(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(sign_in, "has_oidc", lambda: True)
    return browser()


@pytest.mark.parametrize("way", front_door.TO_PROVIDER)
def test_an_identity_providers_sign_in_leads_back_to_the_page_and_its_language(
    by_provider: TestClient, way: str
) -> None:
    by_provider.get(way, headers={"referer": "http://127.0.0.1:8501/results?run=3&lang=zh"})
    back = by_provider.get("/oauth2callback?code=x&state=y")
    assert back.headers["location"] == "/results?run=3&lang=zh"
    assert by_provider.get("/oauth2callback").headers["location"] == "/"


def test_who_is_not_let_in_is_told_so_on_the_page_until_they_are(by_provider: TestClient) -> None:
    came = "http://127.0.0.1:8501/data?lang=zh"
    by_provider.get("/auth/login", headers={"referer": came})
    told = by_provider.get("/oauth2callback?error=access_denied").headers["location"]
    assert told == "/data?lang=zh&not-let-in=1"
    by_provider.get("/auth/login", headers={"referer": f"http://127.0.0.1:8501{told}"})
    assert by_provider.get("/oauth2callback?code=x").headers["location"] == "/data?lang=zh"


@pytest.mark.parametrize("came", ["https://evil.example/x", "http://127.0.0.1:8501//evil.example", "nonsense"])
def test_an_identity_providers_sign_in_leads_to_no_other_site(by_provider: TestClient, came: str) -> None:
    by_provider.get("/auth/login", headers={"referer": came})
    assert by_provider.get("/oauth2callback").headers["location"] == "/"
