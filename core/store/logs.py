"""What a long-lived process says, kept for the operator and bounded: the newest few megabytes of it."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from core.store import files

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LARGEST_BYTES = 5 * files.MEGABYTE
KEPT = 2
"""Older files beside the one that is written."""


def begin(name: str) -> None:
    """Has this process log into the file of that name where it was started with its output there, else (in a terminal or
    a container) to standard error."""
    path = files.process_log(name)
    own = [number for number in (1, 2) if _is_open_there(number, path)]
    handlers = [_Rotating(path, own)] if own else None
    logging.basicConfig(level=logging.INFO, format=FORMAT, handlers=handlers)


def _is_open_there(number: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(number), path.stat())
    except OSError:
        return False


class _Rotating(RotatingFileHandler):
    """Takes along what libraries and a dying interpreter print, which goes to the descriptors `own`."""

    def __init__(self, path: Path, own: list[int]) -> None:
        super().__init__(path, maxBytes=LARGEST_BYTES, backupCount=KEPT, encoding="utf-8")
        self._own = own

    def doRollover(self) -> None:  # noqa: N802 (the standard library's name)
        super().doRollover()
        self.stream = self.stream or self._open()
        for number in self._own:
            os.dup2(self.stream.fileno(), number)
