"""The model server: keeps the models in use in memory and answers for the pages and the command line.

It listens on this machine only, on a port of the system's choice, and answers those who know the token that it
leaves in the workspace. A model that fails is a plain error for who asked; the server goes on.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

import uvicorn
from filelock import FileLock, Timeout
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.memory import is_out_of_memory
from core.serving import wire
from core.serving.batches import Batches
from core.serving.estimates import Estimates
from core.serving.models import Models, release_memory
from core.serving.process import HOST_VARIABLE, NAME, PORT_VARIABLE, announce, announcement, withdraw
from core.serving.watching import Asked, Watcher
from core.store import files, logs
from core.store.db import migrate
from core.threads import usable
from core.version import code_version
from core.words import Text, UserError

DEVICE_VARIABLE = "MODELWRIGHT_SERVER_DEVICE"
LOCK_SECONDS = 3.0
ANSWER_THREADS, OTHER_THREADS = 8, 4
LARGEST_QUESTION = 8 * files.MEGABYTE

logger = logging.getLogger(__name__)

_BROKE = Text(
    "The model could not answer ({reason}). Other models still work. Try other input, or train this model again.",
    "该模型无法给出结果（{reason}）。其他模型不受影响，请换一个输入，或重新训练该模型。",
)
_NO_MEMORY = Text(
    "There was not enough memory to answer. Try a shorter input, or wait until the training that is running is done.",
    "内存不足，无法给出结果。请缩短输入，或等待正在进行的训练结束后再试。",
)
_BAD_QUESTION = Text("The model server did not understand the question.", "模型服务无法理解该请求。")

Work = Callable[[Mapping[str, Any]], Any]


class ModelServer:
    """The endpoints over the models, the estimates and the batches."""

    def __init__(
        self, token: str, models: Models, estimates: Estimates, batches: Batches, watcher: Watcher | None = None
    ) -> None:
        self.watcher = watcher or Watcher(models)
        self.token, self.models, self.estimates, self.batches = token, models, estimates, batches
        self.hardware: dict[str, Any] | None = None
        self._answers = ThreadPoolExecutor(ANSWER_THREADS, thread_name_prefix="answer")
        self._loads = ThreadPoolExecutor(1, thread_name_prefix="load")
        self._trials = ThreadPoolExecutor(OTHER_THREADS, thread_name_prefix="estimate")
        self._others = ThreadPoolExecutor(OTHER_THREADS, thread_name_prefix="other")

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/health", self._endpoint(self.health, self._others)),
                Route("/load", self._endpoint(self.load, self._others), methods=["POST"]),
                Route("/answer", self._endpoint(self.answer, self._answers), methods=["POST"]),
                Route("/estimate", self._endpoint(self.estimate, self._trials), methods=["POST"]),
                Route("/batches", self._endpoint(self.look, self._others), methods=["POST"]),
            ],
            lifespan=self._life,
        )

    @asynccontextmanager
    async def _life(self, _app: Starlette) -> AsyncIterator[None]:
        threading.Thread(target=self.prepare, name="prepare", daemon=True).start()
        self.batches.start()
        self.watcher.start()
        yield
        await asyncio.to_thread(self.batches.stop)
        await asyncio.to_thread(self.watcher.stop)

    def prepare(self) -> None:
        """Imports torch once the port answers, and reads what the machine has."""
        try:
            import torch

            from core.learning import hardware

            torch.set_num_threads(usable())
            self.hardware = asdict(hardware.describe())
        except Exception:
            logger.exception("torch cannot be used")

    def health(self, _asked: Mapping[str, Any]) -> dict[str, Any]:
        ready = self.hardware is not None
        loaded = self.models.ids()
        said = {"status": "ok" if ready else "starting", "version": code_version(), "models": loaded}
        return said | {"hardware": self.hardware, "pid": os.getpid()}

    def load(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._loads.submit(self._load_quietly, int(asked["run_id"]))
        return {"loading": True}

    def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        history = wire.turns_from_json(asked.get("history", ()))
        started = time.perf_counter()
        with self.models.use(int(asked["run_id"])) as loaded:
            inputs = loaded.as_trained(asked["inputs"])
            answer = loaded.scenario.answer(loaded.model, inputs, asked["controls"], history)
        took = 1000 * (time.perf_counter() - started)
        logger.debug("answered for run %s in %.0f ms", asked["run_id"], took)
        self.watcher.saw(Asked(loaded.run_id, inputs, answer, took))
        return wire.answer_to_json(answer)

    def estimate(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return wire.plan_to_json(self.estimates.plan(asked))

    def look(self, _asked: Mapping[str, Any]) -> dict[str, Any]:
        self.batches.look()
        return {"looking": True}

    def _load_quietly(self, run_id: int) -> None:
        try:
            self.models.get(run_id)
        except UserError as error:
            logger.warning("run %s was not loaded: %s", run_id, error)
        except Exception:
            logger.exception("run %s was not loaded", run_id)

    def _endpoint(self, work: Work, pool: ThreadPoolExecutor) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if not self._knows(request.headers.get("authorization", "")):
                return _json({"error": _BAD_QUESTION.to_json()}, 401)
            asked = await _body(request)
            if asked is None:
                return _json({"error": _BAD_QUESTION.to_json()}, 400)
            return await asyncio.get_running_loop().run_in_executor(pool, _attempt, work, asked)

        return endpoint

    def _knows(self, authorization: str) -> bool:
        return hmac.compare_digest(authorization.encode(), f"Bearer {self.token}".encode())


async def _body(request: Request) -> dict[str, Any] | None:
    """The question as a mapping; None where it is no JSON object or too large."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_QUESTION:
            return None
    try:
        asked = json.loads(bytes(body)) if body else {}
    except ValueError:
        return None
    return asked if isinstance(asked, dict) else None


def _attempt(work: Work, asked: Mapping[str, Any]) -> Response:
    """The work's result, or its failure in plain words in both languages."""
    try:
        return _json(work(asked))
    except UserError as error:
        return _json({"error": error.text.to_json()}, 422)
    except Exception as error:
        logger.exception("a question failed")
        if is_out_of_memory(error):
            release_memory()
            return _json({"error": _NO_MEMORY.to_json()}, 503)
        if is_beyond_repair(error):
            threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
        return _json({"error": _BROKE.fill(reason=type(error).__name__).to_json()}, 500)


def is_beyond_repair(error: BaseException) -> bool:
    """Whether the graphics card refuses everything from now on, so that only a new process helps."""
    return "CUDA error" in str(error) and not is_out_of_memory(error)


def _json(value: Any, status: int = 200) -> Response:
    return Response(wire.dumps(value), status, media_type="application/json")


def listen() -> tuple[socket.socket, str, int]:
    """The socket that already takes questions, its host and its port. Other machines are let in only where an operator
    names a host for it (a container of its own)."""
    host = os.environ.get(HOST_VARIABLE) or "127.0.0.1"
    opened = socket.create_server((host, int(os.environ.get(PORT_VARIABLE) or 0)), backlog=128)
    return opened, host, opened.getsockname()[1]


def main() -> int:
    """Serves until it is told to end. Returns 0, also where another server of this workspace lives already."""
    logs.begin(NAME)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    use_device(os.environ.get(DEVICE_VARIABLE))
    lock = FileLock(files.lock(NAME))
    try:
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout:
        logger.info("a model server of this workspace is running already")
        return 0
    with lock:
        return _serve()


def _serve() -> int:
    try:
        migrate()
    except UserError as error:
        print(f"{error.text.en} {error.text.zh}", file=sys.stderr)
        return 2
    opened, host, port = listen()
    said = announcement(host, port)
    models = Models()
    watcher = Watcher(models)
    server = ModelServer(said.token, models, Estimates(), Batches(models, watcher), watcher)
    settings = uvicorn.Config(server.app(), log_level="warning", access_log=False, timeout_graceful_shutdown=3)
    announce(said)
    logger.info("model server %s listens on %s:%s", said.version, host, port)
    try:
        uvicorn.Server(settings).run(sockets=[opened])
    finally:
        withdraw(said)
    return 0


def use_device(name: str | None) -> None:
    """Keeps the models on the operator's choice: "cpu", or "cuda:1" for the second card. Before torch is imported."""
    if name == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    elif name and name.startswith("cuda:"):
        os.environ["CUDA_VISIBLE_DEVICES"] = name.removeprefix("cuda:")


if __name__ == "__main__":
    sys.exit(main())
