"""What a training wants known, as a card."""

from __future__ import annotations

from collections.abc import Sequence

from core.cards import Card, Facts
from core.words import Text

TITLE = Text("Good to know", "须知")
ONE, NUMBERED = Text("Note", "说明"), Text("Note {place}", "说明 {place}")


def notes(section: Text, said: Sequence[Text]) -> list[Card]:
    """None where nothing was said; numbered where there are several."""
    if not said:
        return []
    names = [NUMBERED.fill(place=place) for place in range(1, len(said) + 1)] if len(said) > 1 else [ONE]
    reading = Text("Said by the training.", "来自训练过程。")
    return [Card("notes", section, TITLE, reading, Facts(tuple(zip(names, said, strict=True))))]
