"""A typed cell as text; apart from the readers, so that who needs no more starts at once."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


def as_text(value: Any) -> str:
    """A cell of a workbook, of JSON or of Parquet as the text that a CSV would hold."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime | date | time | timedelta | Decimal):
        return str(value).removesuffix(" 00:00:00")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
