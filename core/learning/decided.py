"""What a training decides by the machine of the moment, kept with its checkpoints: an interrupted run goes on as it began,
also with more memory or less, on a card or on a processor."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from core.learning.encoders import Encoder, named

FILE = "decided.json"
Answer = TypeVar("Answer", bool, int, str | None)


def decided(checkpoints: Path, name: str, decide: Callable[[], Answer]) -> Answer:
    """What `decide` said when it was first asked under this name, of which those folders know that one run keeps."""
    file = checkpoints / FILE
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if name not in known:
        known[name] = decide()
        checkpoints.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(".half")
        half.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
        half.replace(file)
    answer: Answer = known[name]
    return answer


def same_encoder(checkpoints: Path, name: str, choose: Callable[[], Encoder | None]) -> Encoder | None:
    """The encoder that was chosen first; where it is no longer here, the one that is chosen now."""
    chosen = choose()
    first = decided(checkpoints, name, lambda: chosen.name if chosen else None)
    if first is None or (chosen is not None and chosen.name == first):
        return chosen if first else None
    return named(first) or chosen
