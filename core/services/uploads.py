"""Large files, streamed to the disk as they come in: the web process never holds one in memory.

The page hands out a ticket, so that only who sees the page can send, whatever signs people in.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core.config import config
from core.data.encodings import ENCODINGS
from core.data.how import How
from core.services import datasets, front_door, sign_in
from core.store import files
from core.words import Text, UserError

UPLOAD = "/api/upload"
STRANGE = Text("Open the page again, then choose the file once more.", "请重新打开页面，再选择一次文件。")
FAILED = Text("The file could not be kept. Try again.", "文件未能保存，请重试。")

logger = logging.getLogger("modelwright.uploads")


def routes() -> list[Route]:
    return [Route(UPLOAD, take, methods=["POST"])]


async def take(request: Request) -> JSONResponse:
    """The body is the file, `X-File-Name` its name (percent-encoded), `X-Encoding` how its
    text is encoded where its owner says so. Answers {"id", "known"}, or {"error"} in both
    languages."""
    if not front_door.comes_from_here(request.headers) or not sign_in.is_ticket(request.headers.get("x-ticket")):
        return _refused(STRANGE, 403)
    name = datasets.display_name(unquote(request.headers.get("x-file-name", "")))
    limit = config().max_upload_mb
    with files.incoming() as upload:
        try:
            await _receive(request, upload, name, limit * datasets.CHUNK)
            added = await asyncio.to_thread(datasets.add, name, upload, _how(request))
        except UserError as error:
            return _refused(error.text, 422)
        except ClientDisconnect:
            return _refused(FAILED, 400)
        except OSError:
            logger.exception("an upload could not be kept")
            return _refused(FAILED, 507)
    return JSONResponse({"id": added.dataset.id, "known": added.known})


def _how(request: Request) -> How | None:
    """The encoding that the file's owner chose, if any."""
    said = request.headers.get("x-encoding", "")
    return How(encoding=said) if said in ENCODINGS else None


async def _receive(request: Request, target: Path, name: str, most: int) -> None:
    """Raises UserError as soon as the body is longer than it may be, or where the disk is nearly full."""
    said = request.headers.get("content-length", "")
    size = int(said) if said.isdigit() else 0
    if size > most:
        raise UserError(datasets.TOO_LARGE.fill(name=name, limit=most // datasets.CHUNK))
    if not files.enough_space(2 * size / datasets.CHUNK):
        raise UserError(datasets.NO_SPACE.fill(free=files.free_mb(), name=name))
    received = 0
    with target.open("wb") as written:
        async for chunk in request.stream():
            received += len(chunk)
            if received > most:
                raise UserError(datasets.TOO_LARGE.fill(name=name, limit=most // datasets.CHUNK))
            written.write(chunk)


def _refused(text: Text, status: int) -> JSONResponse:
    return JSONResponse({"error": text.to_json()}, status)
