"""The few models in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.serving.models import Models
from core.store import files
from core.store.tables import FAILED
from core.words import UserError
from tests.serving.trained import finished_run
from tests.toy import Toy


def test_a_model_is_loaded_once() -> None:
    models, run = Models(), finished_run()
    assert models.get(run) is models.get(run)


def test_the_least_recently_used_model_is_put_away() -> None:
    models, runs = Models(most=2), [finished_run() for _ in range(3)]
    for run in (runs[0], runs[1], runs[0], runs[2]):
        models.get(run)
    assert models.ids() == [runs[0], runs[2]]


def test_models_together_stay_within_their_memory_and_the_newest_stays() -> None:
    models, runs = Models(memory_mb=1e-6), [finished_run() for _ in range(2)]
    for run in runs:
        models.get(run)
    assert models.ids() == [runs[1]]


def test_a_changed_file_is_refused() -> None:
    run = finished_run()
    kept = files.run(run).model / "toy.json"
    kept.write_text(kept.read_text().replace("iris", "IRIS"))
    with pytest.raises(UserError, match="damaged"):
        Models().get(run)


def test_a_run_without_a_manifest_is_not_loaded() -> None:
    run = finished_run()
    files.run(run).manifest.unlink()
    with pytest.raises(UserError, match="damaged"):
        Models().get(run)


def test_a_failed_run_says_that_it_has_no_model() -> None:
    with pytest.raises(UserError) as caught:
        Models().get(finished_run(status=FAILED))
    assert "failed" in caught.value.text.en
    assert "失败" in caught.value.text.zh


def test_a_model_that_cannot_be_loaded_leaves_the_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    models, good, bad = Models(), finished_run(), finished_run()
    models.get(good)
    monkeypatch.setattr(Toy, "load", broken)
    with pytest.raises(UserError, match="ZeroDivisionError"):
        models.get(bad)
    assert models.get(good).run_id == good


def test_where_memory_runs_out_the_other_models_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    models, first, second = Models(), finished_run(), finished_run()
    models.get(first)
    load, tries = Toy.load, []

    def tight(self: Toy, folder: Path) -> Any:
        tries.append(folder)
        if models.ids():
            raise RuntimeError("CUDA out of memory")
        return load(self, folder)

    monkeypatch.setattr(Toy, "load", tight)
    assert models.get(second).run_id == second
    assert models.ids() == [second]


def test_a_deleted_model_is_no_longer_answered_for() -> None:
    models, run = Models(), finished_run()
    models.get(run)
    files.remove(files.run(run).folder)
    with pytest.raises(UserError, match="damaged"):
        models.get(run)


def broken(self: Toy, folder: Path) -> Any:
    raise ZeroDivisionError
