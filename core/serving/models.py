"""The few trained models in use, in memory: loaded once, the least recently used put away first."""

from __future__ import annotations

import gc
import logging
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil

from core.data.recipe import Step
from core.memory import is_out_of_memory
from core.scenarios.base import Scenario, scenario
from core.serving.inputs import AsTrained, as_trained
from core.store import files
from core.store.db import session
from core.store.tables import SUCCEEDED, Dataset, Run
from core.words import Text, UserError

MOST_MODELS = 4
MEMORY_SHARE = 0.5
"""Of the machine's memory, for all loaded models together."""

logger = logging.getLogger(__name__)

NO_MODEL = Text("There is no model of run {run}. It may have been deleted.", "找不到运行 {run} 的模型，可能已被删除。")
UNFINISHED = Text(
    "Run {run} has no finished model: it is {status}. Wait until its training is done, or train again.",
    "运行 {run} 还没有可用的模型（状态：{status}）。请等待训练完成，或重新训练。",
)
_DAMAGED = Text(
    "The saved model of run {run} is damaged: a file is missing or is not what was written. Train it again.",
    "运行 {run} 保存的模型已损坏：有文件缺失或内容与写入时不一致。请重新训练。",
)
_UNREADABLE = Text(
    "The saved model of run {run} cannot be loaded ({reason}). Other models still work. Train it again.",
    "运行 {run} 保存的模型无法载入（{reason}）。其他模型不受影响，请重新训练该模型。",
)
_NO_MEMORY = Text(
    "There is not enough free memory to load the model of run {run}. Close other programs, or use a smaller model.",
    "可用内存不足，无法载入运行 {run} 的模型。请关闭其他程序，或换用较小的模型。",
)
STATUS_WORDS = {
    "queued": Text("queued", "排队中"),
    "running": Text("still training", "训练中"),
    "cancelling": Text("being stopped", "正在停止"),
    "cancelled": Text("stopped", "已停止"),
    "failed": Text("failed", "失败"),
    "interrupted": Text("interrupted", "已中断"),
}


@dataclass
class Loaded:
    """A model in memory. Whoever uses `model` holds `lock`."""

    run_id: int
    scenario: Scenario[Any]
    model: Any
    memory_mb: float
    as_trained: AsTrained
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


class Models:
    """At most `most` models, and together at most `memory_mb` megabytes; the one just asked for always stays."""

    def __init__(self, most: int = MOST_MODELS, memory_mb: float | None = None) -> None:
        self.most = most
        self.memory_mb = memory_mb or psutil.virtual_memory().total / files.MEGABYTE * MEMORY_SHARE
        self._loaded: OrderedDict[int, Loaded] = OrderedDict()
        self._loading: dict[int, threading.Lock] = {}
        self._guard = threading.Lock()

    @contextmanager
    def use(self, run_id: int) -> Iterator[Loaded]:
        """The model of a run, for one user at a time. Raises UserError where it cannot be had."""
        loaded = self.get(run_id)
        with loaded.lock:
            yield loaded

    def get(self, run_id: int) -> Loaded:
        with self._guard:
            found = self._loaded.get(run_id)
            if found and files.run(run_id).manifest.exists():
                self._loaded.move_to_end(run_id)
                return found
            self._loaded.pop(run_id, None)
            loading = self._loading.setdefault(run_id, threading.Lock())
        with loading:
            with self._guard:
                found = self._loaded.get(run_id)
            return found or self._load(run_id)

    def ids(self) -> list[int]:
        """The runs whose models are in memory, the least recently used first."""
        with self._guard:
            return list(self._loaded)

    def _load(self, run_id: int) -> Loaded:
        kind = checked(run_id)
        try:
            loaded = _read(run_id, kind)
        except MemoryError:
            self._keep(0, 0.0)
            try:
                loaded = _read(run_id, kind)
            except MemoryError:
                raise UserError(_NO_MEMORY.fill(run=run_id)) from None
        with self._guard:
            self._loaded[run_id] = loaded
        self._keep(self.most, self.memory_mb)
        return loaded

    def _keep(self, most: int, memory_mb: float) -> None:
        """Puts away the least recently used until what stays fits; the newest stays where any may."""
        with self._guard:
            before = len(self._loaded)
            while len(self._loaded) > max(most, 0):
                self._loaded.popitem(last=False)
            while len(self._loaded) > 1 and sum(m.memory_mb for m in self._loaded.values()) > memory_mb:
                self._loaded.popitem(last=False)
            dropped = before - len(self._loaded)
        if dropped:
            release_memory()


def checked(run_id: int) -> Scenario[Any]:
    """The scenario of a finished run whose files are all there as they were written. Raises UserError."""
    with session() as opened:
        run = opened.get(Run, run_id)
    if run is None or run.deleted_at is not None:
        raise UserError(NO_MODEL.fill(run=run_id))
    if run.status != SUCCEEDED:
        raise UserError(UNFINISHED.fill(run=run_id, status=STATUS_WORDS.get(run.status, Text(run.status, run.status))))
    if not files.is_complete(files.run(run_id), thorough=True):
        raise UserError(_DAMAGED.fill(run=run_id))
    return scenario(run.scenario)


def release_memory() -> None:
    """Gives freed memory back, that of the graphics card too."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def _read(run_id: int, kind: Scenario[Any]) -> Loaded:
    """Loads the model. Raises MemoryError where memory ran out, UserError for anything else."""
    folder = files.run(run_id).model
    before = psutil.Process().memory_info().rss
    try:
        model = kind.load(folder)
    except UserError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise MemoryError from error
        logger.exception("the model of run %s cannot be loaded", run_id)
        raise UserError(_UNREADABLE.fill(run=run_id, reason=type(error).__name__)) from error
    grown = psutil.Process().memory_info().rss - before
    return Loaded(run_id, kind, model, max(grown, files.size(folder)) / files.MEGABYTE, _preparation(run_id, kind))


def _preparation(run_id: int, kind: Scenario[Any]) -> AsTrained:
    with session() as opened:
        run = opened.get_one(Run, run_id)
        dataset = opened.get(Dataset, run.dataset_id)
    return as_trained(kind, run, [Step.from_json(step) for step in (dataset.recipe if dataset else [])])
