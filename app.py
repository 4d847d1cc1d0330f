"""The launcher: `python app.py`, or `streamlit run app.py`. Starts the pages, and keeps worker and model server up."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import pkgutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from streamlit import net_util

from core.config import config
from core.jobs.worker import NAME as WORKER
from core.jobs.worker import ensure_worker
from core.services import datasets, front_door, machine, sign_in, uploads
from core.serving.process import ensure_server, stop_server
from core.store import processes
from core.store.db import migrate
from core.words import UserError
from pages.ui.first_paint import FirstPaint

ROOT = Path(__file__).resolve().parent
PAGES = "pages"
TOGETHER = "MODELWRIGHT_ENDS_TOGETHER"
WATCH_SECONDS, LONGEST_PAUSE = 3.0, 60.0
ANY_ADDRESS = "0.0.0.0"  # noqa: S104
NEEDED_BY_PAGES = (
    "pandas",
    "plotly.graph_objects",
    "pyarrow.parquet",
    "sqlalchemy.dialects.sqlite",
    "core.services.datasets",
    "core.services.runs",
    "core.services.predictions",
)

logger = logging.getLogger("modelwright.app")


def refuse_unguarded(host: str) -> None:
    """Ends with one plain sentence and exit code 2 where strangers could come in."""
    try:
        sign_in.refuse_unguarded(host)
    except UserError as error:
        print(f"{error.text.en} {error.text.zh}", file=sys.stderr)
        raise SystemExit(2) from None


@asynccontextmanager
async def life(_app: st.App) -> AsyncIterator[None]:
    """Before the first visitor: the database, the other two processes, the imports. Leaving ends them only in a container."""
    migrate()
    sign_in.kind()
    if processes.read_state(PAGES) is None:
        processes.write_state(PAGES, port=st.get_option("server.port"))
    keep_up(replace=True)
    warm_up()
    samples = asyncio.create_task(asyncio.to_thread(bring_samples))
    watching = asyncio.create_task(watch())
    yield
    await samples
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    if os.environ.get(TOGETHER) == "on":
        await asyncio.to_thread(end_together)


def end_together() -> None:
    """In a container all ends with the pages: a training that is asked to stop goes back to the queue and is taken up where it
    was, where one that is killed with the container would count as a crash."""
    processes.terminate(WORKER)
    stop_server()


def bring_samples() -> None:
    """A first visitor finds sample data; the house stands without it too."""
    try:
        datasets.add_samples()
    except Exception:
        logger.exception("the sample data could not be brought in")


def warm_up() -> None:
    """Imports what pages need, and takes it out of the garbage collector's rounds."""
    import pages.ui

    found = [f"pages.ui.{module.name}" for module in pkgutil.iter_modules(pages.ui.__path__)]
    for name in (*NEEDED_BY_PAGES, *found):
        importlib.import_module(name)
    machine.machine()
    gc.collect()
    gc.freeze()


async def watch() -> None:
    """Starts worker and model server again when they die, ever later where they keep dying."""
    pause = 2 * WATCH_SECONDS
    while True:
        await asyncio.sleep(pause)
        started = await asyncio.to_thread(keep_up)
        pause = min(pause * 2, LONGEST_PAUSE) if started else WATCH_SECONDS


def keep_up(*, replace: bool = False) -> bool:
    """Whether one of the two had to be started. `replace` also ends those that run other code."""
    started = False
    for ensure in (
        lambda: (replace or not machine.worker_lives()) and ensure_worker(),
        lambda: ensure_server(replace=replace),
    ):
        try:
            started = ensure() or started
        except Exception:
            logger.exception("worker or model server could not be started")
            started = True
    return started


async def health(_request: Request) -> JSONResponse:
    said = await asyncio.to_thread(machine.health)
    return JSONResponse(said, 200 if said["status"] == "ok" else 503, headers={"Cache-Control": "no-store"})


net_util._external_ip = ""  # known to be none: Streamlit would ask a public service for this server's address

if __name__ != "__main__":
    refuse_unguarded(st.get_option("server.address") or ANY_ADDRESS)
machine.gate_stands()

app = st.App(
    ROOT / "pages" / "main.py",
    lifespan=life,
    routes=[
        Route(front_door.HEALTH, health),
        Mount(front_door.FONTS, StaticFiles(directory=ROOT / "assets" / "fonts")),
        *front_door.routes(),
        *uploads.routes(),
    ],
    middleware=[*front_door.middleware(), Middleware(FirstPaint)],
)

if __name__ == "__main__":
    refuse_unguarded(config().host)
    app.run(
        config={
            "server.address": config().host,
            "server.port": config().port,
            "server.maxUploadSize": config().max_upload_mb,
        }
    )
