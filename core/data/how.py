"""How a file is to be read, where its owner knows better than its content tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from core.data.amounts import Mark
from core.data.dates import Order

Quotes = Literal["doubled", "backslash", "none"]


@dataclass(frozen=True)
class How:
    """None (for `decimal` and `orders` the empty value) leaves it to the file's content.

    `separator` is "" for a single column. `quotes`: a quote inside of a quoted field is doubled or has a backslash
    before it, or quotes are plain characters. `header`: how many rows hold the names, 0 for none. `skip`: lines (rows
    of a sheet) above the header. `orders` says by column whether the day or the month comes first in its dates.
    """

    encoding: str | None = None
    separator: str | None = None
    quotes: Quotes | None = None
    header: int | None = None
    skip: int = 0
    sheet: str | None = None
    decimal: Mark = ""
    orders: Mapping[str, Order] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> How:
        return How(**{name: value[name] for name in How.__dataclass_fields__ if name in value})
