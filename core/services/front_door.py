"""What stands in front of every page: the sign-in form, the gate that nobody passes without it, and safe headers.

The gate is in the web server and not in a page, so that uploads, sockets and media are behind it too.
"""

from __future__ import annotations

import asyncio
import html
import ipaddress
import secrets
from functools import cache
from string import Template
from urllib.parse import quote, unquote, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.config import ROOT
from core.services import sign_in
from core.words import LANGUAGES, Language, Text, UserError

SIGN_IN, SIGN_OUT, HEALTH, FONTS = "/sign-in", "/api/sign-out", "/api/health", "/assets/fonts"
TO_PROVIDER, FROM_PROVIDER = ("/auth/login", "/auth/logout"), "/oauth2callback"
"""Streamlit's own routes of a sign-in by an identity provider."""
CAME_FROM, NOT_LET_IN = "modelwright_came_from", "not-let-in"
LARGEST_FORM = 8192
REFUSED_SOCKET = 4401
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "frame-ancestors 'self'; object-src 'none'; base-uri 'self'",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

TITLE = Text("Sign in", "登录")
LEAD = Text("This Modelwright is protected. Enter its password to go on.", "此模匠已受保护，请输入密码后继续。")
LABEL = Text("Password", "密码")
BUTTON = Text("Sign in", "登录")
STRANGE = Text("Please sign in from this page.", "请从本页面登录。")
ONLY_HERE = Text(
    "Without a password this Modelwright answers only on the machine it runs on, as localhost. "
    "Set MODELWRIGHT_PASSWORD or configure OIDC to reach it under another name.",
    "未设置密码时，此模匠只能在本机通过 localhost 访问。如需以其他名称访问，请设置 MODELWRIGHT_PASSWORD 或配置 OIDC。",
)


class Gate:
    """Lets through who has signed in; where no sign-in is set up, who sits at this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        refusal = await asyncio.to_thread(_refusal, HTTPConnection(scope))
        if refusal is None:
            return await self.app(scope, receive, send)
        if scope["type"] == "websocket":
            await receive()
            return await send({"type": "websocket.close", "code": REFUSED_SOCKET})
        return await refusal(scope, receive, send)


class WayBack:
    """Leads who signs in or out at an identity provider back to the page they came from, in its language.

    Streamlit itself always goes on with the first page, and says nothing where the provider lets nobody in.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        leaves = path in TO_PROVIDER
        if not leaves and path != FROM_PROVIDER:
            return await self.app(scope, receive, send)
        request = Request(scope)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers, extra = MutableHeaders(scope=message), Response()
                if leaves:
                    extra.set_cookie(
                        CAME_FROM, quote(_came_from(request), safe=""), max_age=3600, httponly=True, samesite="lax"
                    )
                elif "location" in headers:
                    headers["location"] = _back(request)
                    extra.delete_cookie(CAME_FROM, httponly=True, samesite="lax")
                for cookie in extra.headers.getlist("set-cookie"):
                    headers.append("set-cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_on)


class SafeHeaders:
    """Adds headers that keep browsers from guessing content types, framing the pages and telling where one was."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_safely if scope["type"] == "http" else send)


def middleware() -> list[Middleware]:
    return [Middleware(SafeHeaders), Middleware(Gate), Middleware(WayBack)]


def routes() -> list[Route]:
    return [
        Route(SIGN_IN, show_form, methods=["GET"]),
        Route(SIGN_IN, take_form, methods=["POST"]),
        Route(SIGN_OUT, leave, methods=["GET", "POST"]),
    ]


def _refusal(connection: HTTPConnection) -> Response | None:
    """What a stranger gets instead of the page; None for who may pass."""
    path = connection.scope["path"]
    kind = sign_in.kind()
    if kind == "open":
        return None if path == HEALTH or _is_local(connection) else PlainTextResponse(_both(ONLY_HERE), 403)
    if (
        kind == "oidc"
        or path in (SIGN_IN, HEALTH)
        or path.startswith(f"{FONTS}/")
        or sign_in.is_signed_in(connection.cookies)
    ):
        return None
    wants_page = "text/html" in connection.headers.get("accept", "")
    if not wants_page:
        return PlainTextResponse(_both(LEAD), 401)
    query = connection.url.query
    wanted = {"next": path + (f"?{query}" if query else "")} if path != "/" or query else {}
    if connection.query_params.get("lang") in LANGUAGES:
        wanted["lang"] = connection.query_params["lang"]
    return RedirectResponse(SIGN_IN + (f"?{urlencode(wanted)}" if wanted else ""), 303)


def _is_local(connection: HTTPConnection) -> bool:
    """Whether both the address that was called and the name it was called by are this machine's own."""
    named = urlsplit(f"//{connection.headers.get('host', '')}").hostname
    return is_loopback(named) and is_loopback(_server_address(connection.scope))


def _server_address(scope: Scope) -> str | None:
    """The address of this machine that was called."""
    return (scope.get("server") or (None,))[0]


def is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


async def show_form(request: Request) -> Response:
    if await asyncio.to_thread(sign_in.is_signed_in, request.cookies):
        return RedirectResponse(_next(request), 303)
    return _form(request)


async def take_form(request: Request) -> Response:
    """Sets the session's cookie for who gives the right word. A form that another site sent is refused."""
    if not comes_from_here(request.headers):
        return _form(request, STRANGE, 403)
    async with request.form(max_files=0, max_fields=4, max_part_size=LARGEST_FORM) as form:
        word = str(form.get("password", ""))[:1000]
    who = request.client.host if request.client else "unknown"
    try:
        await asyncio.to_thread(sign_in.check_password, word, who)
    except sign_in.WaitError as error:
        answer = _form(request, error.text, 429)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    except UserError as error:
        return _form(request, error.text, 401)
    answer = RedirectResponse(_next(request), 303)
    answer.set_cookie(
        sign_in.cookie_name(),
        sign_in.new_session(),
        max_age=sign_in.SESSION_DAYS * 86400,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


async def leave(request: Request) -> Response:
    if not comes_from_here(request.headers):
        return PlainTextResponse(_both(STRANGE), 403)
    answer = RedirectResponse(SIGN_IN, 303)
    answer.delete_cookie(sign_in.cookie_name(), httponly=True, samesite="lax")
    return answer


def comes_from_here(headers: Headers) -> bool:
    """Whether the browser says that one of our own pages sent this; programs that say nothing are no browser."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _next(request: Request) -> str:
    """Where the user wanted to go."""
    return _ours(request.query_params.get("next", "/"))


def _came_from(request: Request) -> str:
    """The page whose button was pressed, as the browser names it; the first page where it names none of ours."""
    parts = urlsplit(request.headers.get("referer", ""))
    is_ours = parts.netloc == request.headers.get("host")
    return _ours(parts.path + (f"?{parts.query}" if parts.query else "")) if is_ours else "/"


def _back(request: Request) -> str:
    """The page kept on the way out; it is told where the provider has let nobody in."""
    path, _, query = _ours(unquote(request.cookies.get(CAME_FROM, "/"))).partition("?")
    told = f"{NOT_LET_IN}=1"
    kept = [part for part in query.split("&") if part and part != told]
    query = "&".join([*kept, told] if "error" in request.query_params else kept)
    return path + (f"?{query}" if query else "")


def _ours(wanted: str) -> str:
    """A path of this site, never another site."""
    parts = urlsplit(wanted)
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return wanted if is_ours and wanted.isprintable() else "/"


def _form(request: Request, error: Text | None = None, status: int = 200) -> Response:
    language, nonce = _language(request), secrets.token_urlsafe(16)
    shown = {key: html.escape(text.in_(language)) for key, text in
             {"title": TITLE, "lead": LEAD, "label": LABEL, "button": BUTTON}.items()}  # fmt: skip
    said = f'<p class="error" role="alert">{html.escape(error.in_(language))}</p>' if error else ""
    page = _page().substitute(shown, language=language, nonce=nonce, error=said, switch=_switch(request, language))
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; font-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    return HTMLResponse(page, status, {"Content-Security-Policy": policy, "Cache-Control": "no-store"})


@cache
def _page() -> Template:
    return Template((ROOT / "assets" / "sign_in.html").read_text(encoding="utf-8"))


def _switch(request: Request, language: Language) -> str:
    other, name = ("en", "English") if language == "zh" else ("zh", "中文")
    address = SIGN_IN + "?" + urlencode({"next": _next(request), "lang": other})
    return f'<a href="{html.escape(address)}" lang="{other}">{name}</a>'


def _language(request: Request) -> Language:
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return "zh" if asked == "zh" else "en"
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


def _both(text: Text) -> str:
    return f"{text.en}\n{text.zh}\n"
