"""What a user asks to be trained: its first guess, everything wrong with it, and how long it will take."""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import select

from core.data import checks, leak_checks
from core.data import problems as as_data
from core.data.table import Table
from core.jobs import devices, plans
from core.jobs.inputs import own_test_table
from core.jobs.results import plain_json
from core.progress import Plan
from core.scenarios.base import Role, Scenario, Settings, scenario
from core.services import datasets, elsewhere
from core.serving import client
from core.store import frames
from core.store.db import session
from core.store.tables import SUCCEEDED, Run
from core.words import Problem, Text, UserError

SEVERITIES = ("stop", "warn", "note")
PAST_RUNS = 20
LEAST_RATIO, MOST_RATIO = 0.5, 3.0

NO_ROLE = Text("No column is chosen for “{role}”.", "还没有为“{role}”选择列。")
CHOOSE = Text("Choose one of the columns: {columns}.", "请从这些列中选择：{columns}。")
CHOOSE_OF_MANY = Text(
    "Choose one of the {n} columns: {columns} and {more} more.", "请从这 {n} 列中选择：{columns} 等。"
)
SHOWN_COLUMNS = 12
NO_COLUMN = Text("“{name}” has no column “{column}”.", "“{name}”中没有名为“{column}”的列。")
TWICE = Text("Column “{column}” is chosen for two things: {one} and {two}.", "列“{column}”被同时选作“{one}”和“{two}”。")
CHOOSE_TWO = Text("Choose a different column for one of them.", "请为其中一项另选一列。")
SAME_FILE = Text("The test file is the training data itself.", "检验文件就是训练数据本身。")
OTHER_FILE = Text(
    "Choose a file with other rows, or none: then part of the data is held out.",
    "请换一份包含其他行的文件；也可以不选，系统会自动留出一部分数据。",
)
UNKNOWN_ROLE = Text("There is no role “{role}”. Known: {known}.", "没有名为“{role}”的角色。可用：{known}。")


@dataclass(frozen=True)
class Request:
    """A training as asked for. `roles`: role -> columns; `settings` may be partial; `extras`: key -> dataset id.
    `same_test_as`: the run whose test rows are held out here too."""

    scenario: str
    dataset_id: str
    roles: dict[str, tuple[str, ...]]
    settings: dict[str, Any] = field(default_factory=dict)
    test_dataset_id: str | None = None
    extras: dict[str, str] = field(default_factory=dict)
    name: str | None = None
    plan: Plan | None = None
    same_test_as: int | None = None


def guess(scenario_key: str, dataset_id: str) -> dict[str, tuple[str, ...]]:
    """The likeliest columns of each role."""
    return scenario(scenario_key).guess(datasets.profile(dataset_id))


def suggest(scenario_key: str, dataset_id: str, roles: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Settings that the data suggests, for those that the user has not chosen."""
    return scenario(scenario_key).suggest(datasets.profile(dataset_id), dict(roles))


def full_settings(request: Request) -> Settings:
    """Every setting of the request, in its own type. Raises UserError."""
    return scenario(request.scenario).settings.from_json(request.settings)


def settings_json(request: Request) -> dict[str, Any]:
    return plain_json(asdict(full_settings(request)))


def key(request: Request) -> str:
    """The same for requests that would train the same model."""
    asked: dict[str, Any] = {
        "scenario": request.scenario,
        "data": [request.dataset_id, request.test_dataset_id, request.extras],
        "roles": {role: list(names) for role, names in request.roles.items() if names},
        "settings": settings_json(request),
    }
    if request.same_test_as is not None:
        asked["same_test_as"] = request.same_test_as
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def check(request: Request) -> list[Problem]:
    """Everything to know before training, the worst first."""
    used = filter(None, (request.dataset_id, request.test_dataset_id))
    if elsewhere.is_better(sum(datasets.get(id).rows for id in used)):
        return list(map(as_data.from_json, elsewhere.run("check", asdict(replace(request, plan=None)))))
    kind, settings = scenario(request.scenario), full_settings(request)
    problems = [*_role_problems(kind, request), *_test_problems(request)]
    if not any(problem.severity == "stop" for problem in problems):
        table = frames.read_table(request.dataset_id, request.roles, request.extras)
        problems += kind.check(table, settings)
        if request.test_dataset_id:
            problems += _problems_between(table, request)
    return sorted(problems, key=lambda problem: SEVERITIES.index(problem.severity))


def refuse_stops(problems: list[Problem]) -> None:
    """Raises UserError with the first problem that prevents a launch."""
    for problem in problems:
        if problem.severity == "stop":
            what, how = problem.what, problem.how
            raise UserError(Text(f"{what.en} {how.en}", f"{what.zh}{how.zh}"))


def estimate(request: Request) -> dict[str, Plan]:
    """Time and memory for every mode: the model server's trial, corrected by how earlier runs really went.

    Raises UserError when the model server is not up.
    """
    found: dict[str, Plan] = {}
    for mode in scenario(request.scenario).modes:
        asked = settings_json(replace(request, settings={**request.settings, "mode": mode}))
        plan = client.estimate(
            request.scenario,
            request.dataset_id,
            request.roles,
            asked,
            extras=request.extras,
            test_dataset_id=request.test_dataset_id,
        )
        found[mode] = plans.scaled(plans.whole(plan), past_ratio(request.scenario, mode))
    return found


def past_ratio(scenario_key: str, mode: str) -> float:
    """Actual over first estimated seconds: the median over recent runs of this kind on this kind of device."""
    device = devices.kind(devices.devices()[0])
    recent = (
        select(Run.plan, Run.seconds_total, Run.settings)
        .where(Run.scenario == scenario_key, Run.status == SUCCEEDED, Run.attempt == 1, Run.device.like(f"{device}%"))
        .order_by(Run.id.desc())
        .limit(PAST_RUNS * 3)
    )
    with session() as db:
        rows = db.execute(recent).all()
    ratios = [
        seconds / (plans.from_json(plan).seconds / plan.get("ratio", 1.0))
        for plan, seconds, settings in rows
        if plan and seconds and settings.get("mode") == mode and plans.from_json(plan).seconds > 0
    ]
    return min(MOST_RATIO, max(LEAST_RATIO, statistics.median(ratios[:PAST_RUNS]))) if ratios else 1.0


def _role_problems(kind: Scenario[Any], request: Request) -> list[Problem]:
    known = {role.key: role for role in kind.roles}
    for role in request.roles:
        if role not in known:
            raise UserError(UNKNOWN_ROLE.fill(role=role, known=", ".join(known)))
    data = datasets.get(request.dataset_id)
    columns = frames.column_names(request.dataset_id)
    shown = _choose(columns)
    problems = [
        Problem("role_missing", NO_ROLE.fill(role=role.title), shown, "stop")
        for role in kind.roles
        if role.required and not request.roles.get(role.key)
    ]
    problems += [
        Problem("column_missing", NO_COLUMN.fill(name=data.name, column=name), shown, "stop")
        for names in request.roles.values()
        for name in names
        if name not in columns
    ]
    return problems + _chosen_twice(known, request)


def _choose(columns: list[str]) -> Text:
    more = len(columns) - SHOWN_COLUMNS
    said = CHOOSE if more <= 0 else CHOOSE_OF_MANY
    return said.fill(columns=", ".join(columns[:SHOWN_COLUMNS]), n=len(columns), more=more)


def _chosen_twice(known: Mapping[str, Role], request: Request) -> list[Problem]:
    first: dict[str, str] = {}
    problems = []
    for role, names in request.roles.items():
        for name in names:
            other = first.setdefault(name, role)
            if other != role:
                what = TWICE.fill(column=name, one=known[other].title, two=known[role].title)
                problems.append(Problem("column_twice", what, CHOOSE_TWO, "stop"))
    return problems


def _test_problems(request: Request) -> list[Problem]:
    if not request.test_dataset_id:
        return []
    if request.test_dataset_id == request.dataset_id:
        return [Problem("test_is_training", SAME_FILE, OTHER_FILE, "stop")]
    data = datasets.get(request.test_dataset_id)
    columns = frames.column_names(request.test_dataset_id)
    shown = _choose(columns)
    required = {role.key for role in scenario(request.scenario).roles if role.required}
    return [
        Problem("test_column_missing", NO_COLUMN.fill(name=data.name, column=name), shown, "stop")
        for role, names in request.roles.items()
        if role in required
        for name in names
        if name not in columns
    ]


def _problems_between(table: Table, request: Request) -> list[Problem]:
    """What is wrong with the test file as a test of a model that learned from the table."""
    steps = [step.to_json() for step in datasets.get(request.dataset_id).recipe]
    test = own_test_table(str(request.test_dataset_id), request.roles, request.extras, steps)
    label = scenario(request.scenario).label
    problems = leak_checks.test_rows_in_training(table, test, label)
    if label and table.has(label) and test.has(label):
        problems += checks.test_labels_unknown(table, test, label=label)
    return problems
