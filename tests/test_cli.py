from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from core import cli, cli_house, cli_runs
from core import config as config_module
from core.cli import main
from core.config import ROOT
from core.jobs import queue
from core.services import datasets, runs
from core.store import files, processes
from core.words import UserError
from tests.house import change, request, toy
from tests.toy import flowers

pytestmark = pytest.mark.usefixtures("toy")
__all__ = ["toy"]


@pytest.fixture
def garden(tmp_path: Path) -> Path:
    path = tmp_path / "garden.csv"
    flowers().to_csv(path, index=False)
    return path


def trained(garden: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict:
    assert main(["train", str(garden), "--scenario", "toy", "--here", "--json", *more]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_train_prints_one_json_object_on_the_last_line(garden: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = trained(garden, capsys, "--mode", "best", "--seed", "4", "--name", "Spring", "--set", "power=3")
    assert {"run_id", "status", "metrics", "intervals", "baseline", "verdict", "seconds", "device"} <= set(said)
    assert (said["status"], said["mode"], said["seed"], said["name"]) == ("succeeded", "best", 4, "Spring")
    assert 0 <= said["metrics"]["accuracy"] <= 1
    assert said["seconds"]["total"] >= said["seconds"]["train"] > 0
    assert said["verdict"]["kind"] == "worth"
    assert runs.get(said["run_id"]).settings["power"] == 3


def test_what_is_not_said_is_guessed_and_suggested_as_on_the_page(
    garden: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = runs.get(trained(garden, capsys)["run_id"])
    assert run.roles == {"measures": ("width_a", "width_b"), "label": ("kind",), "group": ("garden",)}
    assert run.settings["power"] == 2


def test_columns_can_be_named_and_one_named_is_not_guessed_elsewhere(
    garden: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ("--column", "label=garden", "--column", "measures=width_b")
    run = runs.get(trained(garden, capsys, *named)["run_id"])
    assert run.roles == {"measures": ("width_b",), "label": ("garden",)}


def test_an_own_test_file_and_an_extra_table_are_brought_in(
    garden: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flowers(50, seed=3).to_csv(tmp_path / "test.csv", index=False)
    (tmp_path / "seeds.csv").write_text("seed,price\nrose,1\ntulip,2\n")
    more = ("--test", str(tmp_path / "test.csv"), "--extra", f"items={tmp_path / 'seeds.csv'}")
    run_id = trained(garden, capsys, *more)["run_id"]
    assert runs.facts(run_id)["rows"] == {"train": 120, "test": 50}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--column", "label=species"], "species"),
        (["--column", "colour=kind"], "colour"),
        (["--column", "kind"], "ROLE=NAME"),
        (["--set", "speed=2"], "speed"),
        (["--set", "power=99"], "power"),
        (["--test", "nowhere.csv"], "nowhere.csv"),
        (["--extra", "shops=a.csv"], "shops"),
        (["--mode", "slow"], "slow"),
        (["--seed", "x"], "seed"),
        (["--frobnicate"], "frobnicate"),
    ],
)
def test_bad_input_is_exit_code_2_and_one_sentence(
    arguments: list[str], said: str, garden: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["train", str(garden), "--scenario", "toy", "--here", "--lang", "en", *arguments])
    except SystemExit as stopped:
        code = stopped.code
    heard = capsys.readouterr()
    assert code == 2
    assert said in heard.err
    assert len(heard.err.strip().splitlines()) == 1
    assert heard.out == ""
    assert runs.listed() == []


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 50, b"%PDF-1.4 nothing"])
def test_a_file_that_is_no_table_is_bad_input(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.csv").write_bytes(content)
    assert main(["check", str(tmp_path / "odd.csv"), "--scenario", "toy", "--lang", "en"]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_run_that_fails_is_exit_code_1_with_its_sentence(
    garden: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELWRIGHT_TOY_ERROR", "bad seeds")
    assert main(["train", str(garden), "--scenario", "toy", "--here", "--json", "--lang", "zh"]) == 1
    heard = capsys.readouterr()
    said = json.loads(heard.out.splitlines()[-1])
    assert (said["status"], said["metrics"]) == ("failed", None)
    assert "训练因意外错误（RuntimeError）中止" in heard.err
    assert "Traceback" not in heard.err


def test_check_lists_every_problem_and_says_whether_one_stops(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holed = flowers()
    holed.loc[:3, "kind"] = None
    holed.to_csv(tmp_path / "holed.csv", index=False)
    assert main(["check", str(tmp_path / "holed.csv"), "--scenario", "toy", "--lang", "en"]) == 2
    heard = capsys.readouterr()
    assert "4 flowers have no kind" in heard.out
    assert main(["check", str(tmp_path / "holed.csv"), "--scenario", "toy", "--json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert [(problem["key"], problem["severity"]) for problem in said["problems"]] == [("missing_labels", "stop")]
    flowers().to_csv(tmp_path / "good.csv", index=False)
    assert main(["check", str(tmp_path / "good.csv"), "--scenario", "toy", "--lang", "zh"]) == 0
    assert "没有发现" in capsys.readouterr().out


def test_runs_are_listed_for_people_and_for_programs(garden: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--lang", "zh"]) == 0
    assert "还没有运行" in capsys.readouterr().out
    run_id = trained(garden, capsys)["run_id"]
    main(["runs", "--lang", "en"])
    line = capsys.readouterr().out
    assert "garden" in line
    assert "done" in line
    main(["runs", "--json"])
    assert [run["run_id"] for run in json.loads(capsys.readouterr().out)] == [run_id]


def test_predict_adds_columns_to_every_row(garden: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_id = trained(garden, capsys)["run_id"]
    out = tmp_path / "out.csv"
    assert main(["predict", str(run_id), str(garden), "--out", str(out)]) == 0
    predicted = pd.read_csv(out)
    assert len(predicted) == 120
    assert list(predicted.columns)[:4] == ["width_a", "width_b", "kind", "garden"]
    assert (predicted.iloc[:, 4] == predicted["kind"]).mean() > 0.8
    for wrong in ([str(run_id), "--out", str(tmp_path / "x.pdf")], ["99", "--out", str(out)]):
        assert main(["predict", wrong[0], str(garden), *wrong[1:]]) == 2


def test_predicting_says_what_it_cannot_do(garden: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_id = trained(garden, capsys)["run_id"]
    asked = ["predict", str(run_id), str(garden), "--lang", "en", "--out"]
    folder = tmp_path / "taken.csv"
    folder.mkdir()
    for more, said in (
        ([str(tmp_path / "o.csv"), "--column", "colour=kind"], "no role “colour”"),
        ([str(tmp_path / "o.csv"), "--server"], "model server is not running"),
        ([str(folder)], "could not be written"),
    ):
        assert main([*asked, *more]) == 2
        heard = capsys.readouterr()
        assert said in heard.err
        assert heard.out == ""


def test_a_query_is_written_as_a_file_and_a_wrong_one_writes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as made:
        made.execute("CREATE TABLE orders AS SELECT 1 AS id, 'tea' AS item")
    monkeypatch.setenv("MODELWRIGHT_DATABASE_SHOP", f"sqlite:///{tmp_path / 'shop.db'}")
    config_module.config.cache_clear()
    out = tmp_path / "orders.csv"
    assert main(["query", "shop", "DROP TABLE orders", "--out", str(out)]) == 2
    assert not out.exists()
    assert main(["query", "shop", "SELECT * FROM orders", "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8") == "id,item\n1,tea\n"
    assert "1 rows are in" in capsys.readouterr().err


def test_controls_are_taken_in_their_own_type(garden: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_id = trained(garden, capsys)["run_id"]
    assert cli_runs._controls(run_id, {}) == {"least": 0.5}
    assert cli_runs._controls(run_id, {"least": "0.9"}) == {"least": 0.9}
    for wrong in ({"least": "7"}, {"most": "1"}):
        with pytest.raises(UserError):
            cli_runs._controls(run_id, wrong)


def test_leaving_with_ctrl_c_lets_the_run_go_on_and_says_how_to_follow_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = runs.launch(request())

    def leave(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_runs.time, "sleep", leave)
    assert main(["follow", str(run_id), "--lang", "en"]) == cli.LEFT
    assert f"core follow {run_id}" in capsys.readouterr().err
    assert queue.status_of(run_id) == "queued"
    assert main(["cancel", str(run_id)]) == 0
    assert main(["follow", str(run_id), "--lang", "en"]) == 1


def test_following_says_place_and_stage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = runs.launch(request())
    looks = iter([lambda: None, lambda: change(run_id, status="running"), lambda: change(run_id, status="cancelled")])
    monkeypatch.setattr(cli_runs.time, "sleep", lambda _: next(looks)())
    assert cli_runs.follow(run_id, "en")
    assert capsys.readouterr().err.splitlines() == ["waiting, number 1 in the queue", "starting"]


def test_the_language_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert cli._language() == "en"
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert cli._language() == "zh"


def test_backup_and_stop_are_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", str(tmp_path / "copy")]) == 0
    assert (tmp_path / "copy" / "modelwright.db").exists()
    assert main(["backup", str(tmp_path / "copy")]) == 2
    (tmp_path / "file").touch()
    assert main(["backup", str(tmp_path / "file" / "copy")]) == 2
    capsys.readouterr()
    assert main(["stop", "--lang", "en"]) == 0
    assert "Nothing was running" in capsys.readouterr().out


@pytest.mark.parametrize(("host", "said"), [("0.0.0.0", "MODELWRIGHT_PASSWORD"), ("::", "MODELWRIGHT_PASSWORD")])
def test_an_open_house_without_a_password_does_not_start(
    host: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from core import config as config_module

    monkeypatch.setenv("HOST", host)
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("started"))
    config_module.config.cache_clear()
    assert main(["start", "--lang", "en"]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("host", ["x86_64-conda-linux-gnu", "shop-mac.local"])
def test_a_machine_name_that_the_shell_keeps_in_host_does_not_open_the_house(
    host: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from core import config as config_module

    started: list[list[str]] = []
    monkeypatch.setenv("HOST", host)
    monkeypatch.setattr(os, "execve", lambda _path, command, _environment: started.append(command))
    monkeypatch.setattr(cli_house, "_is_taken", lambda *_: False)
    monkeypatch.chdir(ROOT)
    config_module.config.cache_clear()
    main(["start", "--lang", "en"])
    assert started[0][started[0].index("--server.address") + 1] == "127.0.0.1"
    assert host in capsys.readouterr().err


def test_check_and_runs_never_load_torch(garden: Path) -> None:
    code = (
        "import sys; from core.cli import main;"
        f"main(['check', {str(garden)!r}, '--scenario', 'toy']); main(['runs', '--json']);"
        "print([name for name in ('torch', 'transformers', 'sklearn', 'streamlit') if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=processes.environment(), capture_output=True, text=True, check=True
    )
    assert found.stdout.splitlines()[-1] == "[]"


@pytest.mark.faults
@pytest.mark.xdist_group("faults")
def test_a_training_from_the_shell_starts_a_worker_and_shows_everywhere(
    garden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MODELWRIGHT_WORKER")
    command = [sys.executable, "-m", "core", "train", str(garden), "--scenario", "toy", "--json"]
    try:
        found = subprocess.run(
            command, cwd=ROOT, env=processes.environment(), capture_output=True, text=True, check=False
        )
        assert found.returncode == 0, found.stderr
        said = json.loads(found.stdout.splitlines()[-1])
        here = runs.get(runs.train_here(request(dataset_id=datasets.listed()[0].id, settings={"power": 2})))
        assert runs.get(said["run_id"]).status == "succeeded"
        assert said["metrics"] == here.metrics
        assert files.is_complete(files.run(said["run_id"]), thorough=True)
    finally:
        processes.terminate("worker")
