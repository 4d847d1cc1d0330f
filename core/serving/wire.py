"""How answers, plans and inputs travel between the pages and the model server: plain JSON, both languages in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any

from core.progress import Plan, Stage
from core.scenarios.base import Answer, Band, Item, Reason, Scale, Turn
from core.words import Text


def answer_to_json(answer: Answer) -> dict[str, Any]:
    return asdict(answer)


def answer_from_json(value: Mapping[str, Any]) -> Answer:
    return Answer(
        title=Text.from_json(value["title"]),
        confidence=value["confidence"],
        sure=value["sure"],
        threshold=value["threshold"],
        others=tuple((Text.from_json(title), share) for title, share in value["others"]),
        reasons=tuple(Reason(one["what"], one["weight"], _text(one["words"])) for one in value["reasons"]),
        items=_items(value["items"]),
        notes=tuple(Text.from_json(note) for note in value["notes"]),
        tone=value["tone"],
        scale=_scale(value["scale"]),
        items_title=_text(value["items_title"]),
        before=_items(value.get("before") or ()),
        before_title=_text(value.get("before_title")),
        label=value.get("label"),
        stored=_text(value.get("stored")),
        blanks=tuple(value.get("blanks") or ()),
    )


def _items(values: Sequence[Mapping[str, Any]]) -> tuple[Item, ...]:
    return tuple(Item(item["title"], _text(item["detail"]), item["score"]) for item in values)


def _scale(value: Mapping[str, Any] | None) -> Scale | None:
    if value is None:
        return None
    bands = tuple(Band(Text.from_json(band["title"]), band["upto"], band["tone"]) for band in value["bands"])
    return Scale(**{**value, "title": Text.from_json(value["title"]), "bands": bands})


def _text(value: Mapping[str, str] | None) -> Text | None:
    return Text(value["en"], value["zh"]) if value else None


def plan_to_json(plan: Plan) -> dict[str, Any]:
    return asdict(plan)


def plan_from_json(value: Mapping[str, Any]) -> Plan:
    stages = (Stage(stage["key"], Text.from_json(stage["title"]), stage["seconds"]) for stage in value["stages"])
    return Plan(tuple(stages), value["memory_mb"], tuple(Text.from_json(note) for note in value["notes"]))


def turns_to_json(history: Sequence[Turn]) -> list[dict[str, str]]:
    return [asdict(turn) for turn in history]


def turns_from_json(value: Sequence[Mapping[str, Any]]) -> tuple[Turn, ...]:
    return tuple(Turn(turn["who"], turn["said"]) for turn in value)


def dumps(value: Any) -> bytes:
    """JSON of what forms hand in: dates as ISO text, numbers of numpy as numbers, sets and tuples as lists."""
    return json.dumps(value, default=_plain, ensure_ascii=False).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)
