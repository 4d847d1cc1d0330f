"""The plan of a whole run: the scenario's stages between the job's own reading and saving; kept as JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.progress import Plan, Stage
from core.words import Text

READ = Stage("read", Text("Reading", "读取数据"), 4.0)
EARLIER_LOOK = "second_look"
SAVE = Stage("save", Text("Saving", "保存模型"), 1.0)


def whole(plan: Plan, read_seconds: float = READ.seconds) -> Plan:
    """The scenario's plan with the job's own first and last stage around it; a whole plan stays as it is."""
    if plan.stages and plan.stages[0].key == READ.key:
        return plan
    return Plan((replace(READ, seconds=read_seconds), *plan.stages, SAVE), plan.memory_mb, plan.notes)


def until_result(plan: Plan) -> Plan:
    """The plan without the second look, which earlier code made before the result could be read."""
    return replace(plan, stages=tuple(stage for stage in plan.stages if stage.key != EARLIER_LOOK))


def scaled(plan: Plan, ratio: float) -> Plan:
    """The plan with every stage taking `ratio` times as long."""
    stages = tuple(replace(stage, seconds=stage.seconds * ratio) for stage in plan.stages)
    return replace(plan, stages=stages)


def ratio_of(plan: Plan) -> float:
    """By how much a whole plan was scaled since the scenario made it, told by the job's own first stage."""
    first = plan.stages[0] if plan.stages else READ
    return first.seconds / READ.seconds if first.key == READ.key else 1.0


def to_json(plan: Plan) -> dict[str, Any]:
    stages = [{"key": s.key, "title": s.title.to_json(), "seconds": float(s.seconds)} for s in plan.stages]
    return {"stages": stages, "memory_mb": float(plan.memory_mb)}


def from_json(value: dict[str, Any]) -> Plan:
    stages = tuple(Stage(s["key"], Text.from_json(s["title"]), s["seconds"]) for s in value["stages"])
    return Plan(stages, value["memory_mb"])
