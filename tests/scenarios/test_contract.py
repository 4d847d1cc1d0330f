"""What every scenario promises: held for each one that is discovered, and for the toy of another shape."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core import cards
from core.config import ROOT
from core.data.profile import profile
from core.data.reading import read_file, write_table
from core.data.table import Table
from core.learning.hardware import describe
from core.progress import Cancelled, Silent
from core.scenarios import base
from core.second_look import SecondLook
from core.serving.inputs import table_to_predict, with_answers
from core.takeaway.pack import Parcel, pack
from core.words import LANGUAGES, Text, UserError
from tests import toy
from tests.takeaway.away import OPTIONAL, alone, assert_same_answers, required

SAMPLES = ROOT / "assets" / "samples"
ROWS = 400
NEEDED = {"credit_risk": {"lightgbm"}, "recommendations": set()}
"""What a Quick model on the sample data needs of the optional packages to predict, where that does not depend on the machine."""


@dataclass
class Ran:
    """One Quick run of a scenario on a little data, as the training child does it."""

    scenario: base.Scenario[Any]
    table: Table
    settings: base.Settings
    train: Table
    held_out: Table
    model: Any
    results: base.Results
    plan: base.Plan
    stages: list[str]


class Recorder(Silent):
    """A report that remembers its stages and progress."""

    def __init__(self, checkpoints: Path) -> None:
        super().__init__(checkpoints)
        self.stages: list[str] = []
        self.shares: list[float] = []

    def stage(self, key: str) -> None:
        self.stages.append(key)

    def progress(self, share: float) -> None:
        self.shares.append(share)


ALL = {**base.scenarios(), toy.SCENARIO.key: toy.SCENARIO}
EACH = [pytest.param(key, id=key, marks=pytest.mark.xdist_group(f"contract of {key}")) for key in ALL]
"""Tests of one scenario run beside each other, so that it is trained once."""


def table_of(scenario: base.Scenario[Any]) -> Table:
    if scenario is toy.SCENARIO:
        frame, extra = toy.flowers(), {"items": pd.DataFrame({"seed": ["red", "white"]})}
    else:
        frame, extra = read_file(SAMPLES / scenario.sample.en, scenario.sample.en).frame.head(ROWS), {}
    return Table(frame.reset_index(drop=True), scenario.guess(profile(frame)), extra)


@pytest.fixture(scope="module", params=EACH)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    scenario = ALL[request.param]
    table = table_of(scenario)
    settings = scenario.settings.from_json({"mode": "quick", **scenario.suggest(profile(table.frame), table.roles)})
    split = scenario.split(table, settings)
    train, held_out = table.take(split.train), table.take(split.test)
    report = Recorder(tmp_path_factory.mktemp("checkpoints"))
    plan = scenario.estimate(train, settings)
    simple = scenario.baseline(train, settings, report)
    model = scenario.fit(train, settings, report)
    results = scenario.evaluate(model, simple, held_out, settings, report)
    return Ran(scenario, table, settings, train, held_out, model, results, plan, report.stages)


def texts_in(value: Any) -> Iterator[Text]:
    if isinstance(value, Text):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts_in(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from texts_in(part)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from texts_in(getattr(value, name))


def test_it_says_who_it_is_in_both_languages(ran: Ran) -> None:
    said = [ran.scenario.title, ran.scenario.summary, ran.scenario.baseline_title]
    said += texts_in([ran.scenario.roles, ran.scenario.metrics, ran.scenario.modes, ran.scenario.settings.form()])
    assert all(text.in_(language).strip() for text in said for language in LANGUAGES)
    assert (ROOT / "assets" / "icons" / f"{ran.scenario.icon}.svg").exists()
    assert all((SAMPLES / ran.scenario.sample.in_(language)).exists() for language in LANGUAGES)
    assert set(ran.scenario.modes) == set(base.MODES)


def test_required_roles_are_guessed_on_its_own_sample(ran: Ran) -> None:
    required = {role.key for role in ran.scenario.roles if role.required}
    assert required <= set(ran.table.roles)
    assert all(name in ran.table.frame.columns for names in ran.table.roles.values() for name in names)


def test_its_sample_can_be_launched(ran: Ran) -> None:
    assert [p.key for p in ran.scenario.check(ran.table, ran.settings) if p.severity == "stop"] == []


def test_an_unknown_setting_is_refused_with_the_known_ones(ran: Ran) -> None:
    with pytest.raises(UserError, match="mode"):
        ran.scenario.settings.from_json({"no_such_setting": 1})
    with pytest.raises(UserError, match="quick"):
        ran.scenario.settings.from_json({"mode": "warp"})


def test_settings_survive_json(ran: Ran) -> None:
    from dataclasses import asdict

    again = ran.scenario.settings.from_json(json.loads(json.dumps(asdict(ran.settings))))
    assert again == ran.settings


def test_train_and_held_out_rows_do_not_meet(ran: Ran) -> None:
    split = ran.scenario.split(ran.table, ran.settings)
    assert len(split.train)
    assert len(split.test)
    assert not set(split.train) & set(split.test)
    again = ran.scenario.split(ran.table, ran.settings)
    assert np.array_equal(split.test, again.test)


def test_the_plan_names_the_stages_that_are_run_in_their_order(ran: Ran) -> None:
    planned = [stage.key for stage in ran.plan.stages]
    assert list(dict.fromkeys(ran.stages)) == [key for key in planned if key in ran.stages]
    assert set(ran.stages) <= set(planned)
    assert ran.plan.seconds > 0
    assert ran.plan.memory_mb > 0


def test_results_are_finite_shares_with_intervals_around_them(ran: Ran) -> None:
    results = ran.results
    assert set(results.metrics) == set(ran.scenario.metrics)
    assert all(math.isfinite(value) for value in [*results.metrics.values(), *results.baseline.values()])
    for name, metric in ran.scenario.metrics.items():
        if metric.is_share:
            assert 0 <= results.metrics[name] <= 1
    for name, (low, high) in results.intervals.items():
        assert low - 1e-9 <= results.metrics[name] <= high + 1e-9
    first = next(iter(ran.scenario.metrics))
    assert results.verdict.metric == first
    assert first in results.intervals
    assert first in results.baseline


def test_the_verdict_follows_the_paired_interval(ran: Ran) -> None:
    verdict = ran.results.verdict
    assert verdict.low <= verdict.gain <= verdict.high
    assert (verdict.kind == "worth") == (verdict.low > 0)
    assert verdict.sentence.en
    assert verdict.sentence.zh


def test_results_survive_json(ran: Ran) -> None:
    kept = json.loads(json.dumps(ran.results.details, allow_nan=False))
    again = base.Results(
        ran.results.metrics, ran.results.intervals, ran.results.baseline, ran.results.verdict, kept, ran.results.rows
    )
    assert ran.scenario.cards(again) == ran.scenario.cards(ran.results)


def test_cards_begin_with_the_headline_and_speak_both_languages(ran: Ran) -> None:
    drawn = ran.scenario.cards(ran.results)
    assert drawn[0].section == cards.HEADLINE
    assert isinstance(drawn[0].body, cards.Numbers)
    assert len({card.key for card in drawn}) == len(drawn)
    for card in drawn:
        assert all(text.en.strip() and text.zh.strip() for text in (card.section, card.title, card.reading))
        if isinstance(card.body, cards.Rows):
            assert {name for name, _ in card.body.columns} <= set(ran.results.rows.columns)


def test_a_second_look_at_the_data_is_plain_and_within_the_training_rows(ran: Ran) -> None:
    look = ran.scenario.second_look(ran.model, ran.train, ran.results, ran.settings, Silent(Path()))
    if look is None:
        return
    assert SecondLook.from_json(json.loads(json.dumps(look.to_json(), allow_nan=False))) == look
    if look.doubts is not None:
        labels = ran.train.texts(ran.scenario.label)
        titles = dict(look.doubts.labels)
        assert set(titles) <= set(labels)
        for doubt in look.doubts.rows:
            assert labels[doubt.row] == doubt.given
            assert doubt.suggested in titles
            assert doubt.suggested != doubt.given
            assert doubt.cells
        worst = [doubt.p_given for doubt in look.doubts.rows]
        assert worst == sorted(worst)
    if look.curve is not None:
        assert list(look.curve.sizes) == sorted(look.curve.sizes)
        assert look.curve.gain_low <= look.curve.gain <= look.curve.gain_high


def test_a_second_look_is_the_same_with_the_model_and_what_was_kept_on_disk(ran: Ran, tmp_path: Path) -> None:
    if not ran.scenario.looks_again:
        return
    model, learned = tmp_path / "model", tmp_path / "learned"
    model.mkdir()
    learned.mkdir()
    ran.scenario.save(ran.model, model)
    ran.scenario.keep_learned(ran.model, learned)
    loaded = ran.scenario.load(model)
    ran.scenario.take_up_learned(loaded, learned)
    look = [
        ran.scenario.second_look(one, ran.train, ran.results, ran.settings, Silent(Path()))
        for one in (ran.model, loaded)
    ]
    assert look[0] == look[1]


def test_a_live_answer_is_calibrated_and_explained(ran: Ran) -> None:
    fields = ran.scenario.fields(ran.results.details)
    inputs = {f.key: f.examples[0] if f.examples else f.default for f in fields}
    controls = {f.key: f.default for f in ran.scenario.controls(ran.results.details)}
    history = (base.Turn("user", "hello"), base.Turn("bot", "hello"))
    answer = ran.scenario.answer(ran.model, inputs, controls, history)
    assert answer.title.en
    assert answer.title.zh
    if answer.scale is not None:
        assert 0 <= answer.scale.low <= answer.scale.value <= answer.scale.high <= answer.scale.top
        assert [band.upto for band in answer.scale.bands] == sorted(band.upto for band in answer.scale.bands)
    elif not answer.items:
        assert answer.confidence is not None
        assert 0 <= answer.confidence <= 1
        assert answer.sure == (answer.threshold is not None and answer.confidence >= answer.threshold)
    assert answer.reasons or answer.items


def test_every_row_of_a_file_gets_an_answer_in_its_order(ran: Ran) -> None:
    found = ran.scenario.predict(ran.model, ran.held_out, {}, Silent(Path()))
    assert len(found) == len(ran.held_out)
    one = ran.scenario.predict(ran.model, ran.held_out.take([3]), {}, Silent(Path()))
    assert one["prediction"].tolist() == found["prediction"].tolist()[3:4]


def test_the_rows_say_which_they_are_and_measure_the_first_metric(ran: Ran) -> None:
    rows = ran.results.rows
    assert rows.index.is_unique
    assert set(rows.index) <= set(range(len(ran.held_out)))
    first = next(iter(ran.scenario.metrics))
    assert math.isclose(ran.scenario.measure(rows), ran.results.metrics[first], abs_tol=1e-9)


def test_what_is_given_can_be_watched_and_taught(ran: Ran) -> None:
    found = ran.scenario.predict(ran.model, ran.held_out, {}, Silent(Path()))
    given = ran.scenario.given(ran.model, found)
    assert list(given.columns) == ["label", "score", "handed"]
    assert len(given) == len(ran.held_out)
    assert given["score"].dropna().between(0, 1).all()
    truths = ran.scenario.truths(ran.held_out, ran.settings)
    options = {option.value for option in ran.scenario.right_answers(ran.results.details)}
    assert not options or {truth for truth in truths if truth} & options
    meaning = ran.scenario.meaning(ran.model, ran.held_out.take([0, 1]))
    assert meaning is None or len(meaning) == 2


def test_a_saved_model_answers_the_same_and_holds_no_pickle(ran: Ran, tmp_path: Path) -> None:
    ran.scenario.save(ran.model, tmp_path)
    again = ran.scenario.load(tmp_path)
    before = ran.scenario.predict(ran.model, ran.held_out, {}, Silent(Path()))
    after = ran.scenario.predict(again, ran.held_out, {}, Silent(Path()))
    assert after.columns.tolist() == before.columns.tolist()
    near, alike = (0.02, 0.95) if describe().bf16 else (1e-3, 1.0)
    assert (after["prediction"] == before["prediction"]).mean() >= alike, "but for near ties"
    for name in before.select_dtypes("number"):
        assert np.allclose(after[name], before[name], atol=near, equal_nan=True)
    assert ran.scenario.has_networks(tmp_path) == bool(ran.scenario.networks(again, ran.held_out.take(range(8))))
    endings = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert endings <= {".json", ".safetensors", ".txt", ".cbm"}


def test_a_model_that_was_taken_away_answers_the_same_where_the_house_is_not(
    ran: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELWRIGHT_FULL_PRECISION", "1")
    file, folder = tmp_path / "new.csv", tmp_path / "away"
    file.write_text(ran.held_out.frame.head(12).to_csv(index=False), "utf-8")
    (tmp_path / "model").mkdir()
    ran.scenario.save(ran.model, tmp_path / "model")
    parcel = Parcel("any", "en", ran.scenario, ran.table.roles, [], ran.results, {}, tmp_path / "model", {})
    pack(parcel, tmp_path / "model.zip")
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        archive.extractall(folder)
    done = alone(folder, str(file), str(tmp_path / "own.csv"))
    assert done.returncode == 0, done.stderr
    if ran.scenario.key in NEEDED:
        assert required(folder) & OPTIONAL == NEEDED[ran.scenario.key]
    frame = read_file(file, file.name).frame
    controls = {field.key: field.default for field in ran.scenario.controls(ran.results.details)}
    table = table_to_predict(ran.scenario, frame, ran.table.roles, [])
    answers = with_answers(
        frame, ran.scenario.predict(ran.scenario.load(tmp_path / "model"), table, controls, Silent(tmp_path))
    )
    write_table(answers, tmp_path / "app.csv", "csv")
    assert_same_answers(*(pd.read_csv(tmp_path / name) for name in ("app.csv", "own.csv")))


def test_a_fit_stops_when_asked(ran: Ran, tmp_path: Path) -> None:
    class Stopping(Silent):
        def progress(self, share: float) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        ran.scenario.fit(ran.train, ran.settings, Stopping(tmp_path))
