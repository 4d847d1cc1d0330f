"""What reading learned of a column and its values alone do not tell."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["money", "percent", "amount", "date", "rounded", "time"]


@dataclass(frozen=True)
class Meaning:
    """`kind`: money, percent, an amount written with separators or a scale, a date, identifiers that a spreadsheet
    rounded (5.70306E+17), a date from a spreadsheet's day number (time), or None where only `missing` is told.

    `unit` is the currency as it was written. `order` says which comes first in dates such as 03/04/2024, and `unsure`
    how many cells would be another date in the other order. `unread` counts filled cells that could not be read so and
    stay as they were. `missing` holds the words that were taken for missing, with their counts.
    """

    kind: Kind | None = None
    unit: str = ""
    order: Literal["", "day", "month", "mixed"] = ""
    unsure: int = 0
    unread: int = 0
    missing: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(value: dict[str, Any]) -> Meaning:
        missing = tuple((str(word), int(count)) for word, count in value.get("missing", ()))
        return Meaning(**{**value, "missing": missing})
