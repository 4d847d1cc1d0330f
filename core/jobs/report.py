"""What a run says while it goes on: written by the training process, read by whoever watches.

`progress.jsonl` is only appended to. A line that a crash cut off is skipped, so the file is good after any death.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.progress import Cancelled
from core.store import files
from core.store.files import RunFiles

EVERY_SECONDS = 0.4
FREE_POINTS = 300
"""So many points of a curve are written as they come; later ones at most every EVERY_SECONDS."""


class RunReport:
    """The Report of a real run whose earlier attempts worked `before` seconds, or of its second look. Setting `cancelled`
    makes the next progress or stage raise Cancelled."""

    def __init__(
        self, run: RunFiles, attempt: int, cancelled: threading.Event, *, before: float = 0.0, look: bool = False
    ) -> None:
        self.checkpoints = run.learned if look else run.checkpoints
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        self._run = run
        self._began, self._before = time.monotonic(), before
        self._progress = run.look_progress if look else run.progress
        self._cancelled = cancelled
        self._last_share = 0.0
        self._last_points: dict[str, float] = {}
        self._points: dict[str, int] = {}
        self._append(self._progress, "", after_crash=True)
        self._say(attempt=attempt)

    @property
    def spent(self) -> float:
        return self._before + time.monotonic() - self._began

    def stage(self, key: str) -> None:
        self._stop_if_asked()
        self._last_share = 0.0
        self._say(stage=key)

    def progress(self, share: float) -> None:
        self._stop_if_asked()
        moment = time.monotonic()
        if moment - self._last_share >= EVERY_SECONDS:
            self._last_share = moment
            self._say(share=round(min(1.0, max(0.0, float(share))), 4))

    def point(self, curve: str, x: float, y: float) -> None:
        x, y = float(x), float(y)
        moment, seen = time.monotonic(), self._points.get(curve, 0)
        soon = moment - self._last_points.get(curve, 0.0) < EVERY_SECONDS
        if not (math.isfinite(x) and math.isfinite(y)) or (seen >= FREE_POINTS and soon):
            return
        self._points[curve], self._last_points[curve] = seen + 1, moment
        self._say(curve=curve, x=x, y=y)

    def log(self, line: str) -> None:
        self._append(self._run.log, f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {line}\n")

    def end(self, status: str) -> None:
        """The attempt is over: no time passes after this line."""
        self._say(end=status)

    def _stop_if_asked(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled

    def _say(self, **what: Any) -> None:
        line = {"t": round(time.time(), 3), **what}
        self._append(self._progress, json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")

    @staticmethod
    def _append(path: Path, line: str, after_crash: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as opened:
            if after_crash and opened.tell():
                opened.seek(-1, 2)
                line = "" if opened.read(1) == b"\n" else "\n"
            opened.write(line.encode())


@dataclass
class Seen:
    """What progress.jsonl tells. Times are seconds; those of earlier attempts are in `seconds_before`."""

    attempt: int = 0
    started: float | None = None
    last: float | None = None
    ended: bool = False
    seconds_before: float = 0.0
    stage: str | None = None
    stage_started: float = 0.0
    share: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds of the finished stages of this attempt."""
    curves: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Working time over all attempts, as far as written."""
        now = (self.last or 0.0) - (self.started or 0.0) if self.started is not None else 0.0
        return self.seconds_before + now


def read(path: Path) -> Seen:
    """Everything that the run has said so far."""
    seen = Seen()
    old_points: dict[str, int] = {}
    for line in _lines(path):
        moment = float(line["t"])
        if "attempt" in line:
            curves = seen.curves
            seen = Seen(line["attempt"], moment, moment, seconds_before=seen.seconds, curves=curves)
            old_points = {name: len(points) for name, points in curves.items()}
        elif "stage" in line:
            _close_stage(seen, moment)
            seen.stage, seen.stage_started, seen.share = line["stage"], moment, 0.0
        elif "share" in line:
            seen.share = line["share"]
        elif "curve" in line:
            _add_point(seen, old_points, line)
        elif "end" in line:
            _close_stage(seen, moment)
            seen.ended = True
        seen.last = moment
    return seen


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict) and "t" in value:
            yield value


def _close_stage(seen: Seen, moment: float) -> None:
    if seen.stage is not None:
        seen.stages[seen.stage] = seen.stages.get(seen.stage, 0.0) + moment - seen.stage_started


def _add_point(seen: Seen, old_points: dict[str, int], line: dict[str, Any]) -> None:
    """Adds the point; an attempt that goes on from a checkpoint replaces what an earlier one drew further on."""
    points = seen.curves.setdefault(line["curve"], [])
    kept = old_points.get(line["curve"], 0)
    while 0 < kept == len(points) and points[-1][0] >= line["x"]:
        points.pop()
        kept -= 1
    old_points[line["curve"]] = kept
    points.append((line["x"], line["y"]))


def worked_before(run: RunFiles) -> float:
    """Seconds that earlier attempts at the run worked."""
    return read(run.progress).seconds


def log_tail(run: RunFiles, lines: int) -> str:
    return files.tail(run.log, lines)
