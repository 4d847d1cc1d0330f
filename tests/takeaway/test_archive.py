"""A model that was taken away answers as the application does, where the application is not."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from core.cli import main
from core.services import takeaway
from core.serving import alone as taken_away
from core.words import UserError
from tests.pages.trained import trained
from tests.takeaway.away import alone, assert_same_answers
from tests.toy import SCENARIO, flowers

pytestmark = pytest.mark.usefixtures("toy")


def unpacked(run_id: int, folder: Path) -> Path:
    with zipfile.ZipFile(takeaway.make(run_id)) as archive:
        archive.extractall(folder)
    return folder


def test_a_model_that_was_taken_away_answers_as_the_application_does(tmp_path: Path) -> None:
    """For every scenario this is held by tests/scenarios/test_contract.py."""
    run_id, new = trained(), tmp_path / "new.csv"
    new.write_text(flowers(20, seed=5).drop(columns="kind").to_csv(index=False), "utf-8")
    assert main(["predict", str(run_id), str(new), "--out", str(tmp_path / "app.csv")]) == 0
    ran = alone(unpacked(run_id, tmp_path / "away"), str(new), str(tmp_path / "own.csv"))
    assert (ran.returncode, ran.stderr.count("\n")) == (0, 1), ran.stderr
    assert_same_answers(*(pd.read_csv(tmp_path / name) for name in ("app.csv", "own.csv")))


def test_the_archive_holds_what_it_promises_and_no_pickle(tmp_path: Path) -> None:
    folder = unpacked(trained(name="</h1> `odd`"), tmp_path)
    assert {
        "predict.py",
        "runtime.py",
        "requirements.txt",
        "README.md",
        "about.json",
        "recipe.json",
        "LICENSE",
        "model",
    } <= {path.name for path in folder.iterdir()}
    endings = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert not endings & {".pkl", ".pickle", ".joblib", ".pt", ".bin"}
    about = json.loads((folder / "about.json").read_text("utf-8"))
    assert about["roles"]["label"] == ["kind"]
    assert all("==" in line for line in (folder / "requirements.txt").read_text().splitlines())
    assert "pip install -r requirements.txt" in (folder / "README.md").read_text("utf-8")
    assert "</h1>" not in (folder / "README.md").read_text("utf-8")


def test_what_cannot_be_answered_is_said_in_one_sentence(tmp_path: Path) -> None:
    folder = unpacked(trained(), tmp_path)
    ran = alone(folder, "nowhere.csv", "out.csv", "--lang", "en")
    assert ran.returncode == 2
    assert ran.stderr.strip().splitlines() == ["“nowhere.csv” was not found."]
    (tmp_path / "new.csv").write_text("width_a,width_b\n1,2\n")
    ran = alone(folder, "new.csv", "out.csv", "--set", "speed=3", "--lang", "zh")
    assert ran.returncode == 2
    assert "speed" in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


def test_the_shell_writes_the_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_id = str(trained())
    assert main(["export", run_id, "--out", str(tmp_path / "model.zip"), "--lang", "en"]) == 0
    assert zipfile.is_zipfile(tmp_path / "model.zip")
    capsys.readouterr()
    assert main(["export", run_id, "--out", str(tmp_path / "model.tar"), "--lang", "en"]) == 2
    assert ".zip" in capsys.readouterr().err


def test_a_run_without_a_model_has_no_archive() -> None:
    with pytest.raises(UserError):
        takeaway.make(99)


def test_names_with_a_percent_sign_do_not_break_the_help(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    about = {"name": "利率%", "controls": {"above 5%": 0.1}, "language": "zh"}
    (tmp_path / taken_away.ABOUT).write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        taken_away.main(SCENARIO, tmp_path, ["--help"])
    assert left.value.code == 0
    assert "above 5%" in capsys.readouterr().out
