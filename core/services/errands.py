"""Work that takes longer than a page should wait: it goes on when the page is closed, says how far it is, and can be
stopped by anybody who sees it."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.store.children import Stopped, Watch, watching
from core.words import Text, UserError

MOST = 4
KEPT_SECONDS = 3600
BUSY = Text(
    "{n} pieces of work are going on already. Wait until one of them is done, or stop one.",
    "已有 {n} 项处理正在进行。请等其中一项完成，或停止一项。",
)
BROKE = Text(
    "This failed unexpectedly; the reason is in the log. Your data is unchanged.",
    "处理意外失败，原因已记入日志。数据没有改变。",
)
log = logging.getLogger(__name__)


@dataclass(eq=False)
class Errand:
    """`what` it does, in words; `place` where on the pages it was asked for; `size` how much there is to do, in whatever
    work of these words is measured by, 0 where nobody knows. Once it is over it has a `result`, or an
    `error` in words, or it was stopped."""

    what: Text
    place: str
    size: int = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    result: Any = None
    error: Text | None = None
    stopped: bool = False
    _watch: Watch = field(default_factory=Watch)
    _began: float = field(default_factory=time.monotonic)
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        return self._over.is_set()

    @property
    def stopping(self) -> bool:
        return self._watch.stopped and not self.over

    @property
    def rows(self) -> int | None:
        """How many rows are done so far, None where that is not known."""
        return self._watch.rows

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def usual_seconds(self) -> float | None:
        """What it takes at the pace of the last work of this kind here; None where there was none."""
        pace = _pace.get(self.what)
        return pace * self.size if pace and self.size else None

    def stop(self) -> None:
        """Ends it, and every process that works for it, within seconds."""
        self._watch.stop()

    def wait(self, seconds: float) -> bool:
        """Whether it is over after at most so many seconds."""
        return self._over.wait(seconds)

    def _do(self, work: Callable[[], Any]) -> None:
        watching.set(self._watch)
        try:
            self.result = work()
            if self.size:
                _pace[self.what] = self.seconds / self.size
        except Stopped:
            self.stopped = True
        except UserError as error:
            self.error = error.text
        except Exception:
            log.exception("an errand failed")
            self.error = BROKE
        finally:
            self._over.set()


_pace: dict[Text, float] = {}
"""Seconds for a piece of work of this kind, as the last one took."""
_known: dict[str, Errand] = {}
_lock = threading.Lock()


def begin(place: str, what: Text, work: Callable[[], Any], size: int = 0) -> Errand:
    """Starts the work. Raises UserError where too much goes on already."""
    errand = Errand(what, place, size)
    with _lock:
        for known in list(_known.values()):
            if known.over and known.seconds > KEPT_SECONDS:
                del _known[known.id]
        if sum(not known.over for known in _known.values()) >= MOST:
            raise UserError(BUSY.fill(n=MOST))
        _known[errand.id] = errand
    threading.Thread(target=errand._do, args=(work,), name="errand", daemon=True).start()
    return errand


def going_on(place: str) -> list[Errand]:
    """What goes on at this place, the oldest first, whoever began it."""
    with _lock:
        return [errand for errand in _known.values() if errand.place == place and not errand.over]


def get(id: str) -> Errand | None:
    return _known.get(id)
