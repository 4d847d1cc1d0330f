"""What a loan book with a column of people's own words becomes."""

from __future__ import annotations

import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.data.profile import profile
from core.data.table import Table
from core.learning.tabular import fitting
from core.progress import Silent
from core.scenarios.base import scenario
from core.scenarios.parts import form, yes_no
from core.takeaway.pack import Parcel, pack
from tests.learning.tiny import planted_rows, save_tiny_encoder
from tests.takeaway.away import alone, required

ROWS = 240
CREDIT = scenario("credit_risk")


def loan_book() -> pd.DataFrame:
    said, ends = planted_rows(ROWS)
    random = np.random.default_rng(2)
    bad = (np.array(ends) == "bad") ^ (random.random(ROWS) < 0.1)
    return pd.DataFrame(
        {
            "income": random.normal(3000, 800, ROWS).round(),
            "home": random.choice(["owns", "rents"], ROWS),
            "purpose in own words": said,
            "outcome": np.where(bad, "defaulted", "repaid"),
        }
    )


def test_free_text_is_one_field_one_reason_and_answers_the_same_when_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELWRIGHT_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(fitting, "FEW_ROWS", 0)
    save_tiny_encoder(tmp_path / "models" / "tiny")
    frame = loan_book()
    table = Table(frame, CREDIT.guess(profile(frame)))
    settings = CREDIT.settings.from_json({"mode": "quick", **CREDIT.suggest(profile(frame), table.roles)})
    split, report = CREDIT.split(table, settings), Silent(tmp_path / "checkpoints")
    train, held_out = table.take(split.train), table.take(split.test)
    model = CREDIT.fit(train, settings, report)
    simple = CREDIT.baseline(train, settings, report)
    results = CREDIT.evaluate(model, simple, held_out, settings, report)

    fields = {field.key: field for field in CREDIT.fields(results.details)}
    assert fields["purpose in own words"].kind == "text"
    assert fields["purpose in own words"].default is None
    answer = CREDIT.answer(
        model, {"income": 3000, "home": "rents", "purpose in own words": "we had dreadful staff"}, {}
    )
    assert any(reason.what.startswith("purpose in own words = we had") for reason in answer.reasons)
    assert "purpose in own words" in results.details["importance"][0]["columns"]
    said = {row["column"]: row["words"]["en"] for row in results.details["handling"]}
    assert "tiny" in said["purpose in own words"]

    (tmp_path / "model").mkdir()
    CREDIT.save(model, tmp_path / "model")
    pack(Parcel("any", "en", CREDIT, table.roles, [], results, {}, tmp_path / "model", {}), tmp_path / "model.zip")
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        archive.extractall(tmp_path / "away")
    assert {"torch", "transformers", "tokenizers"} <= required(tmp_path / "away")
    new = held_out.frame.head(8).drop(columns="outcome")
    new.to_csv(tmp_path / "new.csv", index=False)
    done = alone(tmp_path / "away", str(tmp_path / "new.csv"), str(tmp_path / "own.csv"))
    assert done.returncode == 0, done.stderr
    own = CREDIT.predict(model, Table(new.reset_index(drop=True), {}), {}, report)
    away = pd.read_csv(tmp_path / "own.csv")
    np.testing.assert_allclose(away["probability_bad"], own["probability_bad"], atol=1e-4)
    assert away["reason_1"].fillna("").tolist() == own["reason_1"].tolist()


def test_the_outcome_is_not_guessed_to_be_sensitive_too() -> None:
    frame = pd.DataFrame({"size": range(40), "foreign_worker": ["no", "yes"] * 20, "years": [3, 5, 7, 9] * 10})
    guessed = CREDIT.guess(profile(frame))
    assert guessed["target"] == ("foreign_worker",)
    assert "foreign_worker" not in guessed.get("sensitive", ())


@pytest.mark.parametrize(
    ("name", "past"),
    [
        ("late_payments_12m", True),
        ("逾期次数", True),
        ("credit_history", True),
        ("NumberOfTimes90DaysLate", True),
        ("amount", False),
        ("plate", False),
        ("related_products", False),
    ],
)
def test_what_is_past_is_told_by_its_name(name: str, past: bool) -> None:
    assert bool(form.PAST.search(name)) is past


def test_of_the_columns_only_those_given_as_reasons_are_put_into_words(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, names = 50, [f"column {number}" for number in range(30)]
    parts = np.random.default_rng(0).normal(size=(rows, len(names) + 1))
    model = SimpleNamespace(features=names, contributions=lambda frame: parts)
    frame = pd.DataFrame({name: np.arange(rows) * 1.5 for name in names[1:]})
    said: list[object] = []
    monkeypatch.setattr(yes_no, "shown", lambda value: said.append(value) or f"{value:g}")
    found = yes_no.reason_columns(model, frame)  # type: ignore[arg-type]
    assert len(said) <= rows * yes_no.REASONS
    for row in range(rows):
        strongest = int(parts[row, :-1].argmax())
        cell = "?" if not strongest else f"{row * 1.5:g}"
        assert found["reason_1"].iloc[row] == f"R{strongest + 1:02d} column {strongest} = {cell}"
