"""When memory does not suffice: how it is told, and how the work goes on in smaller parts. Knows no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from core.words import UserError

SAID = ("out of memory", "can't allocate memory", "cannot allocate memory", "bad_alloc", "unable to allocate")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on a graphics card or on the machine, by any of the ways in which Python or a library says so."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    said = str(error).lower()
    return not isinstance(error, UserError) and any(words in said for words in SAID)


def within_memory(parts: Iterable[Any], work: Callable[[Any], None]) -> None:
    """`work` on one part (a list, range or array of rows) after the other; one for which memory does not suffice is halved, and with it all that come
    after. Work that was begun on a part is done again on its halves. Raises what `work` raised for a single row."""
    pieces = 1
    for part in parts:
        waiting = _cut(part, pieces)
        while waiting:
            if _fits(waiting[0], work):
                del waiting[0]
            else:
                pieces *= 2
                waiting = [half for one in waiting for half in _cut(one, 2)]


def _fits(rows: Any, work: Callable[[Any], None]) -> bool:
    """The error and what its frames hold are gone by the time this returns."""
    try:
        work(rows)
    except Exception as error:
        if len(rows) <= 1 or not is_out_of_memory(error):
            raise
        return False
    return True


def _cut(rows: Any, pieces: int) -> list[Any]:
    size = max(1, -(-len(rows) // pieces))
    return [rows[start : start + size] for start in range(0, len(rows), size)]
