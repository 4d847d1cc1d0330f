"""Best: settings are searched on folds of the training rows, within the time given, and nothing tried is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.learning.folds import Folds
from core.learning.tabular import fitting, search, trial
from core.learning.tabular.columns import Columns
from core.learning.tabular.fitting import SEARCH, TUNED_LIGHT, Ask, Task, cuts_for, fit_tabular
from core.learning.tabular.search import Search
from core.learning.tabular.stopped import fit_stopped
from core.progress import Cancelled, Silent
from tests.learning.tabular.test_members import cases
from tests.learning.tiny import Recorder


class Stopping(Silent):
    def progress(self, share: float) -> None:
        raise Cancelled


@pytest.fixture
def light_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the quickest parts, so that these tests are."""
    monkeypatch.setattr(search, "kinds_here", lambda: [search.LIGHT])
    monkeypatch.setattr(fitting, "parts_for", lambda *_: {fitting.SCORECARD: fitting._scorecard})
    monkeypatch.setattr(trial, "parts_for", lambda *_: {fitting.SCORECARD: fitting._scorecard})
    monkeypatch.setattr(fitting, "FEW_ROWS", 0)
    monkeypatch.setattr(fitting, "MOST_CUTS", 1)


def task(folder: Path, report: type[Silent] = Silent) -> Task:
    frame, bad = cases()
    folds = Folds.of_rows(bad.astype(int))
    return Task(Columns.fit(frame).encode(frame), folds, cuts_for(folds, "best"), report(folder))


@pytest.mark.usefixtures("light_alone")
def test_the_usual_settings_are_tried_first_so_that_what_is_found_is_no_worse(tmp_path: Path) -> None:
    one = task(tmp_path)
    found = Search(one, one.cuts.of[-1], tmp_path / "tries")
    found.run(1.5)
    assert found.tried[0].settings == {}
    assert found.best()[search.LIGHT].loss <= found.tried[0].loss
    assert all(set(later.settings) == set(search.ranges_of(search.LIGHT, 300)) for later in found.tried[1:])

    again = Search(one, one.cuts.of[-1], tmp_path / "tries")
    again.run(0.0)
    assert [tried.loss for tried in again.tried] == [tried.loss for tried in found.tried]


@pytest.mark.usefixtures("light_alone")
def test_a_search_stops_when_asked(tmp_path: Path) -> None:
    one = task(tmp_path, Stopping)
    with pytest.raises(Cancelled):
        Search(one, one.cuts.of[-1], tmp_path / "tries").run(60.0)


@pytest.mark.parametrize("kind", [search.LIGHT, search.ORDERED])
def test_trees_can_be_stopped_from_inside_their_training(kind: str, tmp_path: Path) -> None:
    one = task(tmp_path)

    def tick() -> None:
        raise Cancelled

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.learning.tabular.boosting.TICK_SECONDS", 0.0)
        with pytest.raises(Cancelled):
            fit_stopped(search.KINDS[False][kind], one.encoded, one.folds, search.Ways({}, tick))


@pytest.mark.usefixtures("light_alone")
def test_what_the_search_found_stands_in_the_leaderboard_and_in_the_facts(tmp_path: Path) -> None:
    frame, bad = cases()
    report = Recorder(tmp_path)
    model = fit_tabular(frame, bad, Ask("best", minutes=0.05), report)
    assert report.stages == [fitting.SCORECARD, SEARCH, TUNED_LIGHT]
    assert {row["name"] for row in model.leaderboard} == {fitting.SCORECARD, TUNED_LIGHT, fitting.BLEND}
    assert model.facts["search"]["tried"] >= 1


@pytest.mark.usefixtures("light_alone")
def test_too_little_time_to_tune_is_said_before_and_leaves_what_standard_does(tmp_path: Path) -> None:
    frame, bad = cases()
    plan = trial.estimate(frame, bad, Ask("best", minutes=0.0))[0]
    assert "nothing can be tuned" in plan.notes[0].en
    model = fit_tabular(frame, bad, Ask("best", minutes=0.0), Silent(tmp_path))
    assert [row["name"] for row in model.leaderboard if row["name"] != fitting.BLEND] == [fitting.SCORECARD]


@pytest.mark.usefixtures("light_alone")
def test_the_plan_of_best_takes_the_minutes_given() -> None:
    frame, bad = cases()
    assert abs(trial.estimate(frame, bad, Ask("best", minutes=10))[0].seconds - 600) < 1


@pytest.mark.usefixtures("light_alone")
def test_the_minutes_of_best_end_with_the_result_that_can_be_read(tmp_path: Path) -> None:
    frame, bad = cases()
    plan, answer = trial.estimate(frame, bad, Ask("best", minutes=10, beside=100, asked=1000))
    assert abs(plan.seconds + 100 + 1000 * answer - 600) < 1

    class Late(Silent):
        spent = 590.0

    for report, ask in (
        (Late(tmp_path / "late"), Ask("best", minutes=9.8)),
        (Silent(tmp_path / "beside"), Ask("best", minutes=10, beside=600)),
        (Silent(tmp_path / "asked"), Ask("best", minutes=10, asked=10**9)),
    ):
        assert fit_tabular(frame, bad, ask, report).facts["search"]["tried"] == 0
