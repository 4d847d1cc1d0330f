"""What a running job tells about itself, and where it learns that it should stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.words import Text


@dataclass(frozen=True)
class Stage:
    """One part of a run, with the time it is expected to take."""

    key: str
    title: Text
    seconds: float


@dataclass(frozen=True)
class Plan:
    """What a run will do and need: stages in order, and peak memory of the training process in megabytes. `notes` is
    what the trial measured besides and the user should know before choosing."""

    stages: tuple[Stage, ...]
    memory_mb: float
    notes: tuple[Text, ...] = ()

    @property
    def seconds(self) -> float:
        return sum(stage.seconds for stage in self.stages)


class Cancelled(Exception):
    """The user asked the run to stop."""


Progress = Callable[[float], None]
"""Hears the share that is done, 0 to 1, and may raise to stop."""
Tick = Callable[[], None]
"""Is called again and again, and may raise to stop."""


def silent(share: float) -> None:
    """A progress function that tells nobody."""


def no_tick() -> None:
    """A tick that nobody hears."""


class Report(Protocol):
    """Handed to every long computation.

    `checkpoints` is a folder that outlives an interruption of the run: what is found there from an earlier
    attempt may be used instead of computing it again.
    """

    checkpoints: Path

    @property
    def spent(self) -> float:
        """Seconds that the run has worked so far, its earlier attempts included; 0 where nobody counts them."""
        ...

    def stage(self, key: str) -> None:
        """The stage with this key of the plan begins; the one before it is done."""

    def progress(self, share: float) -> None:
        """Share of the current stage that is done, 0 to 1. Raises Cancelled when the user asked to stop."""

    def point(self, curve: str, x: float, y: float) -> None:
        """One point of a live curve (for instance curve="validation", x=epoch, y=accuracy)."""

    def log(self, line: str) -> None:
        """One line for the run's log."""


class Silent:
    """A Report that keeps nothing: for tests, benchmarks and the command line's `--here`."""

    def __init__(self, checkpoints: Path) -> None:
        self.checkpoints = checkpoints

    @property
    def spent(self) -> float:
        return 0.0

    def stage(self, key: str) -> None: ...

    def progress(self, share: float) -> None: ...

    def point(self, curve: str, x: float, y: float) -> None: ...

    def log(self, line: str) -> None: ...


class PartOf:
    """A stretch of another report's stage: its progress from 0 to 1 is `size` of the stage from `start` on. Its curves
    stay its own, or go by `name` beside those of other stretches: "loss/second"."""

    def __init__(self, whole: Report, start: float, size: float, name: str = "") -> None:
        self.whole, self.start, self.size, self.name = whole, start, size, name
        self.checkpoints = whole.checkpoints

    @property
    def spent(self) -> float:
        return self.whole.spent

    def stage(self, key: str) -> None: ...

    def progress(self, share: float) -> None:
        self.whole.progress(self.start + self.size * share)

    def point(self, curve: str, x: float, y: float) -> None:
        if self.name:
            self.whole.point(f"{curve}/{self.name}", x, y)

    def log(self, line: str) -> None:
        self.whole.log(line)
