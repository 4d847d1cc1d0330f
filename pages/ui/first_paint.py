"""The stylesheet inside the document itself, so that nothing moves when a page's own arrives over the socket."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEAD_ENDS = b"</head>"
IN_CHINESE = (b'<html lang="en"', b'<html lang="zh-CN"')
"""What a screen reader and a browser's translator go by."""


class FirstPaint:
    """Adds the house's styles and the language of the address to the empty document that Streamlit sends for every page, and
    nothing to anything else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or "text/html" not in Headers(scope=scope).get("accept", "")
        ):
            return await self.app(scope, receive, send)
        held: list[Message] = []
        chinese = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang") == ["zh"]

        async def send_dressed(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_document(message):
                held.append(message)
            elif not held:
                await send(message)
            else:
                held.append(message)
                if not message.get("more_body"):
                    for part in _dressed(held, chinese):
                        await send(part)

        await self.app(_as_fresh(scope), receive, send_dressed)


def _as_fresh(scope: Scope) -> Scope:
    """The same request for the whole document, uncompressed: it is small, and its own date says nothing of the styles."""
    unwanted = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0].lower() not in unwanted]}


def _is_document(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return start["status"] == 200 and headers.get("content-type", "").startswith("text/html") and "etag" in headers


def _dressed(held: list[Message], chinese: bool) -> list[Message]:
    start, parts = held[0], held[1:]
    body = b"".join(part.get("body", b"") for part in parts).replace(HEAD_ENDS, _style() + HEAD_ENDS, 1)
    if chinese:
        body = body.replace(*IN_CHINESE, 1)
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["content-length"] = str(len(body))
    for name in ("etag", "last-modified", "accept-ranges"):
        del headers[name]
    return [{**start, "headers": headers.raw}, {"type": "http.response.body", "body": body}]


@cache
def _style() -> bytes:
    return b"<style>" + (Path(__file__).parent / "style.css").read_bytes() + b"</style>"
