"""The live model of a use: named, compared on the same rows, replaced on the user's word, taken back."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest

from core.data.recipe import Step
from core.jobs import results
from core.scenarios.base import Results
from core.services import comparison, datasets, live, runs
from core.store import trash
from core.store.db import session
from core.store.tables import Run
from core.words import UserError
from tests.house import add_flowers, change, counted, request
from tests.toy import Toy, flowers

pytestmark = pytest.mark.usefixtures("toy")


def trained(dataset_id: str, name: str = "Garden", **settings: object) -> int:
    run_id = runs.train_here(request(dataset_id=dataset_id, name=name, settings=settings))
    assert runs.get(run_id).status == "succeeded"
    return run_id


@pytest.fixture
def worse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model of power 3 takes all flowers for irises."""
    own = Toy.evaluate

    def evaluate(
        self: Toy, model: object, baseline: object, held_out: object, settings: object, report: object
    ) -> Results:
        found = own(self, model, baseline, held_out, settings, report)  # type: ignore[arg-type]
        if settings.power == 3:  # type: ignore[attr-defined]
            found.rows["given"], found.rows["right"] = "iris", found.rows["actual"] == "iris"
        return found

    monkeypatch.setattr(Toy, "evaluate", evaluate)


def test_a_use_has_a_name_that_leads_to_its_run() -> None:
    run_id = trained(add_flowers())
    live.make_live(run_id, "  Garden shop ")
    assert live.resolve("garden SHOP") == live.resolve(str(run_id)) == run_id
    assert runs.get(run_id).live == ("Garden shop",)
    with pytest.raises(UserError, match="Garden shop"):
        live.resolve("kitchen")


@pytest.mark.parametrize(("name", "said"), [("", "name"), ("12", "digits"), ("GARDEN", "already")])
def test_a_name_that_cannot_be_is_refused(name: str, said: str) -> None:
    run_id = trained(add_flowers())
    live.make_live(run_id, "Garden")
    with pytest.raises(UserError, match=said):
        live.make_live(run_id, name)
    assert [use.name for use in live.listed()] == ["Garden"]


def test_an_equal_model_is_called_equal_on_the_very_same_rows() -> None:
    data = add_flowers(200)
    first, second = trained(data), trained(data, power=2.0)
    found = comparison.compare(second, first)
    assert (found.kind, found.rows, found.gain) == ("equal", len(runs.results(first).rows), 0.0)
    assert found.first == runs.get(second).metrics["accuracy"]


def test_a_worse_model_is_called_worse_and_may_still_be_wanted(worse: None) -> None:
    data = add_flowers(200)
    good, bad = trained(data), trained(data, power=3.0)
    assert comparison.compare(bad, good).kind == "worse"
    assert comparison.compare(good, bad).kind == "better"
    live.make_live(good, "Garden")
    live.replace("Garden", bad)
    assert live.changes("Garden")[0].comparison.kind == "worse"
    assert live.get("Garden").run_id == bad


def test_another_seed_is_compared_on_the_rows_that_both_held_out() -> None:
    data = add_flowers(600)
    first, second = trained(data), trained(data, seed=4)
    found = comparison.compare(first, second)
    assert found.kind == "equal"
    assert 20 <= found.rows < len(runs.results(first).rows)
    one, other = comparison.same_rows((first, second))
    assert one["actual"].tolist() == other["actual"].tolist()


def test_models_without_rows_in_common_are_replaced_only_on_an_express_word() -> None:
    first, second = trained(add_flowers()), trained(add_flowers(seed=5, name="other.csv"))
    live.make_live(first, "Garden")
    with pytest.raises(UserError, match="not tested on the same rows"):
        live.replace("Garden", second)
    assert live.get("Garden").run_id == first
    live.replace("Garden", second, uncompared=True)
    assert live.get("Garden").run_id == second


def test_going_back_brings_the_one_before_back_and_is_written_down() -> None:
    data = add_flowers()
    first, second = trained(data), trained(data, power=2.0)
    live.make_live(first, "Garden")
    with pytest.raises(UserError, match="no other model"):
        live.go_back("Garden")
    live.replace("Garden", second)
    assert live.go_back("Garden").run_id == first
    assert [change.run_id for change in live.changes("Garden")] == [first, second, first]
    assert live.go_back("Garden").run_id == second


def test_a_live_model_cannot_be_deleted_until_its_use_ends() -> None:
    run_id = trained(add_flowers())
    live.make_live(run_id, "Garden")
    with pytest.raises(UserError, match="Garden"):
        runs.delete(run_id)
    live.retire("Garden")
    runs.delete(run_id)
    assert live.listed() == []


@pytest.mark.parametrize("put_to_use", [live.go_back, lambda name: live.replace(name, 1)], ids=["back", "replace"])
def test_a_run_that_is_deleted_while_it_is_compared_does_not_become_live(
    put_to_use: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = add_flowers()
    first, second = trained(data), trained(data, power=2.0)
    assert first == 1
    live.make_live(first, "Garden")
    live.replace("Garden", second)
    own = live.compare

    def compare(*ids: int) -> comparison.Comparison:
        runs.delete(first)
        return own(second, second)

    monkeypatch.setattr(live, "compare", compare)
    with pytest.raises(UserError, match=f"Run {first} was not found"):
        put_to_use("Garden")
    assert live.get("Garden").run_id == second


def test_a_use_that_somebody_else_changed_meanwhile_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    data = add_flowers()
    first, second, third = trained(data), trained(data, power=2.0), trained(data, power=4.0)
    live.make_live(first, "Garden")
    own, other = live.compare, [third]

    def compare(*ids: int) -> comparison.Comparison:
        while other:
            live.replace("Garden", other.pop())
        return own(*ids)

    monkeypatch.setattr(live, "compare", compare)
    with pytest.raises(UserError, match="somebody else"):
        live.replace("Garden", second)
    assert [change.run_id for change in live.changes("Garden")] == [third, first]


def test_one_that_cannot_be_purged_keeps_nothing_else_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = add_flowers()
    first, second, third = trained(data), trained(data, power=2.0), trained(data, power=4.0)
    live.make_live(third, "Garden")
    own = trash._purge_run

    def purge(run_id: int, before: object) -> None:
        if run_id == first:
            raise OSError("the disk says no")
        own(run_id, before)

    monkeypatch.setattr(trash, "_purge_run", purge)
    for run_id in (first, second, third):
        change(run_id, deleted_at=runs.get(third).created_at.replace(year=2001))
    trash.purge()
    with session() as db:
        assert [id for id in (first, second, third) if db.get(Run, id) is not None] == [first, third]


def test_many_uses_take_as_many_queries_as_one_and_many_callers_wait_for_nobody() -> None:
    run_id = trained(add_flowers())
    live.make_live(run_id, "Garden 0")
    with counted() as one:
        live.listed()
    for number in range(1, 8):
        live.make_live(run_id, f"Garden {number}")
    with counted() as many:
        assert len(live.listed()) == 8
    assert len(many) == len(one)


def test_two_who_take_the_same_name_at_once_get_one_use(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = trained(add_flowers())
    own = runs.finished

    def finished(id: int) -> runs.RunView:
        monkeypatch.setattr(runs, "finished", own)
        live.make_live(id, "GARDEN")
        return own(id)

    monkeypatch.setattr(runs, "finished", finished)
    with pytest.raises(UserError, match="already"):
        live.make_live(run_id, "garden")
    assert [use.name for use in live.listed()] == ["GARDEN"]


def test_a_deleted_predecessor_cannot_come_back() -> None:
    data = add_flowers()
    first, second = trained(data), trained(data, power=2.0)
    live.make_live(first, "Garden")
    live.replace("Garden", second)
    runs.delete(first)
    assert live.get("Garden").before_id is None


def test_challengers_are_the_other_finished_runs_of_the_task_those_on_the_same_data_first() -> None:
    data = add_flowers()
    first, same = trained(data), trained(data, power=2.0)
    other = trained(add_flowers(seed=5, name="other.csv"))
    change(trained(data, seed=9), status="failed")
    live.make_live(first, "Garden")
    assert [run.id for run in live.challengers("Garden")] == [same, other]


def test_looks_at_the_same_test_rows_are_counted_also_those_of_runs_that_are_gone() -> None:
    data = add_flowers()
    first, second, third = trained(data), trained(data, power=2.0), trained(data, seed=4)
    assert (comparison.looks(first), comparison.looks(third)) == (2, 1)
    runs.delete(second)
    assert comparison.looks(first) == 2
    change(second, deleted_at=runs.get(first).created_at.replace(year=2001))
    trash.purge()
    with session() as db:
        assert db.get(Run, second) is None
    assert comparison.looks(first) == 2


def test_a_run_of_earlier_code_is_not_compared_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    data = add_flowers()
    first = trained(data)
    monkeypatch.setattr(results, "_identified", lambda rows, held_out: rows)
    second = trained(data, power=2.0)
    assert comparison.compare(second, first).kind == "unknown"


def test_versions_of_one_file_are_a_family() -> None:
    data, other = add_flowers(), add_flowers(seed=3, name="other.csv")
    child = datasets.fix(data, Step("drop_columns", ("garden",))).id
    assert datasets.family(data) == datasets.family(child) == {data, child}
    assert datasets.family(other) == {other}


def test_one_column_that_tells_the_label_alone_is_called_so() -> None:
    rng = np.random.default_rng(0)
    frame = flowers(400)
    code = frame["kind"].map({"iris": 0.0, "rose": 10.0, "tulip": 20.0})
    frame["width_a"] = (code + rng.normal(0, 0.1, len(frame))).round(1)

    data = datasets.add("leaky.csv", io.BytesIO(frame.to_csv(index=False).encode())).dataset.id
    verdict = runs.get(trained(data)).verdict
    assert verdict.kind == "worth"
    assert verdict.headline.en == "Too good to be true?"
    assert "width_a" in verdict.sentence.en
    assert "width_a" in verdict.sentence.zh


@pytest.mark.parametrize(
    ("name", "asked"), [("Ärztebriefe", "ärztebriefe"), ("ＡＢＣ客服", "ａｂｃ客服"), ("Почта", "ПОЧТА")]
)
def test_a_use_is_found_by_its_name_in_letters_of_any_script(name: str, asked: str) -> None:
    run = trained(add_flowers())
    assert live.make_live(run, name).name == name
    assert live.get(asked).run_id == run
    with pytest.raises(UserError):
        live.make_live(run, asked)
    live.retire(asked)
    assert live.listed() == []
