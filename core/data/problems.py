"""Problems as plain data, for another process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.data.recipe import Step
from core.words import Fix, Problem, Text


def to_json(problem: Problem) -> dict[str, Any]:
    return {
        "key": problem.key,
        "what": problem.what.to_json(),
        "how": problem.how.to_json(),
        "severity": problem.severity,
        "fixes": [
            {
                "title": fix.title.to_json(),
                "step": fix.step.to_json() if fix.step else None,
                "settings": dict(fix.settings),
            }
            for fix in problem.fixes
        ],
    }


def from_json(value: Mapping[str, Any]) -> Problem:
    what, how = Text.from_json(value["what"]), Text.from_json(value["how"])
    return Problem(value["key"], what, how, value["severity"], tuple(map(_fix, value["fixes"])))


def _fix(value: Mapping[str, Any]) -> Fix:
    settings = {name: said if isinstance(said, str) else tuple(said) for name, said in value["settings"].items()}
    step = Step.from_json(value["step"]) if value["step"] else None
    return Fix(Text.from_json(value["title"]), step, settings)
