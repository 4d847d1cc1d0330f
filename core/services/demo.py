"""A workspace to show the product in: every sample with a finished run, and back to that with one click.

A file in the workspace marks it as a demo and says what it was filled with. Without the mark nothing here acts, so a
workspace with real work is never touched.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.config import config
from core.scenarios.base import scenarios
from core.services import datasets, runs
from core.services.runs import Request, RunView
from core.store import files, trash
from core.store.db import session
from core.store.tables import CANCELLED, FAILED, OPEN, Dataset
from core.words import LANGUAGES, Language, Text, UserError

MARK = "demo.json"
STOP_SECONDS = 8.0
"""How long a reset waits for trainings that it stopped."""

NOT_A_DEMO = Text(
    "“{home}” holds data or models that are no demo. Choose another folder: --home FOLDER.",
    "“{home}”中已有非演示的数据或模型。请用 --home 指定其他文件夹。",
)
ONLY_IN_A_DEMO = Text(
    "Only a demo workspace can be reset, and this is none.", "只有演示工作区可以重置，当前工作区不是演示。"
)


def is_demo() -> bool:
    return _mark().is_file()


def begin() -> None:
    """Makes this workspace a demo. Raises UserError where it holds something already."""
    if is_demo():
        return
    if datasets.listed(undone=True) or runs.listed():
        raise UserError(NOT_A_DEMO.fill(home=config().home))
    files.write_json(_mark(), {"runs": {}})


def fill(first: Language) -> list[int]:
    """Queues a quick run of every scenario on its sample data where there is none, those in the language `first`
    before the others; the ids of the runs in that language."""
    known: dict[str, dict[str, Any]] = files.read_json(_mark())["runs"]
    for language in sorted(LANGUAGES, key=lambda one: one != first):
        for key in scenarios():
            place = f"{key} {language}"
            if not _stands(known.get(place)):
                known[place] = _queue(key, language)
                files.write_json(_mark(), {"runs": known})
    return [known[f"{key} {first}"]["run"] for key in scenarios()]


def reset() -> None:
    """Back to what the demo was filled with: what visitors brought or trained goes, what they deleted, renamed or
    judged is as it was. Raises UserError in any other workspace."""
    if not is_demo():
        raise UserError(ONLY_IN_A_DEMO)
    filled = list(files.read_json(_mark())["runs"].values())
    kept = {entry["run"] for entry in filled}
    data = set().union(*(_with_its_source(entry["dataset"]) for entry in filled))
    trash.forget_use(kept)
    _remove_runs([run.id for run in runs.listed() if run.id not in kept])
    for view in datasets.listed(undone=True):
        if view.id not in data:
            with suppress(UserError):
                datasets.delete(view.id)
    for entry in filled:
        with suppress(UserError):
            for version in _with_its_source(entry["dataset"]):
                datasets.restore(version)
                datasets.rename(version, entry["data_name"])
            runs.restore(entry["run"])
            runs.rename(entry["run"], entry["name"])
            runs.annotate(entry["run"], "")
    fill("en")


def example(language: Language) -> RunView | None:
    """A finished run on sample data in this language: what a tour shows. One worth using before others, then in the
    order of the scenarios, the newest first."""
    wanted = [kind.sample.in_(language) for kind in scenarios().values()]
    with session() as db:
        chosen = select(Dataset.id).where(Dataset.sample.in_(wanted), Dataset.deleted_at.is_(None))
        samples = set(db.scalars(chosen))
    done = [run for run in runs.listed() if run.status == "succeeded" and run.dataset_id in samples and run.verdict]
    order = list(scenarios())
    return min(done, key=lambda run: (_tone(run) != "worth", order.index(run.scenario), -run.id), default=None)


def _tone(run: RunView) -> str | None:
    return run.verdict.tone if run.verdict else None


def on_sample(key: str, language: Language) -> Request:
    """A Quick run of the scenario on its own sample, repaired of what the sample shows on purpose."""
    kind = scenarios()[key]
    data = datasets.add_sample(kind.sample.in_(language))
    roles = runs.guess(key, data.id)
    request = Request(key, data.id, roles, {**runs.suggest(key, data.id, roles), "mode": "quick"})
    shown = [problem for problem in runs.check(request) if problem.key in kind.sample_repairs]
    steps = [fix.step for problem in shown for fix in problem.fixes[:1] if fix.step]
    return replace(request, dataset_id=datasets.fix(data.id, *steps).id) if steps else request


def _queue(key: str, language: Language) -> dict[str, Any]:
    run = runs.get(runs.launch(on_sample(key, language)))
    data = datasets.get(run.dataset_id)
    return {"run": run.id, "name": run.name, "dataset": data.id, "data_name": data.name}


def _with_its_source(dataset_id: str) -> set[str]:
    """The version and the sample that it was made from."""
    with session() as db:
        known = db.get(Dataset, dataset_id)
    return {dataset_id} | ({known.parent_id} if known and known.parent_id else set())


def _stands(entry: dict[str, Any] | None) -> bool:
    """Whether the run is there and came, or may still come, to a result."""
    try:
        return entry is not None and runs.get(entry["run"]).status not in (FAILED, CANCELLED)
    except UserError:
        return False


def _remove_runs(ids: list[int]) -> None:
    for id in ids:
        runs.cancel(id)
    until = time.monotonic() + STOP_SECONDS
    while any(runs.get(id).status in OPEN for id in ids) and time.monotonic() < until:
        time.sleep(0.2)
    for id in ids:
        with suppress(UserError):
            runs.delete(id)


def _mark() -> Path:
    return config().home / MARK
