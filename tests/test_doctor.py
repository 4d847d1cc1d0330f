"""`python -m core doctor`: every part in a line, whatever state it is in."""

from __future__ import annotations

import json
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from core import cli_doctor
from core import config as config_module
from core.cli import main
from core.cli_doctor import Line
from core.jobs import gpus
from core.jobs.gpus import Answer, Build, Gpu, Judged
from core.learning import encoders
from core.services import machine
from core.serving import client
from core.store import db, files
from core.version import code_version
from core.words import Text, UserError


@pytest.fixture(autouse=True)
def sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which all is well: a torch that loads, no card, no hub."""
    monkeypatch.setattr(gpus, "build", lambda: Build("2.13.0+cpu"))
    monkeypatch.setattr(gpus, "torch_says", lambda wait=True: Answer(False))
    monkeypatch.setattr(gpus, "judged", lambda own=(): ())
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def only(key: str) -> Line:
    (line,) = cli_doctor.attempt(getattr(cli_doctor, key))
    return line


def test_all_is_said_and_nothing_is_made(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ready"] is True
    keys = {line["key"] for line in said["lines"]}
    assert {"python", "packages", "workspace", "disk", "database", "house", "processor", "card", "torch", "hub"} <= keys
    assert {line["key"] for line in said["lines"] if line["sign"] == "stop"} == set()
    assert not home.exists()


def test_it_speaks_both_languages_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Line("torch", "stop", Text("It does not load.", "无法加载。"), Text("Install it again.", "请重新安装。"))
    monkeypatch.setattr(cli_doctor, "CHECKS", (cli_doctor.python, lambda: [broken]))
    assert main(["doctor", "--lang", "en"]) == 1
    english = capsys.readouterr().out
    assert "✓ Python" in english
    assert "✗ It does not load.\n    Install it again.\n" in english
    assert english.endswith("What is marked ✗ stands in the way of training.\n")
    assert main(["doctor", "--lang", "zh"]) == 1
    assert "✗ 无法加载。\n    请重新安装。\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    "error", [RuntimeError("out of ideas"), UserError(Text("No driver.", "没有驱动。")), SystemExit(3)]
)
def test_a_check_that_fails_is_a_line(error: BaseException) -> None:
    def database() -> list[Line]:
        raise error

    (line,) = cli_doctor.attempt(database)
    assert (line.key, line.sign) == ("database", "stop")
    assert ("No driver." if isinstance(error, UserError) else type(error).__name__) in line.what.en


def test_a_check_that_hangs_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_doctor, "PATIENCE", 0.05)

    def report() -> list[Line]:
        time.sleep(2)
        return []

    (line,) = cli_doctor.attempt(report)
    assert (line.key, line.sign) == ("report", "look")


def packages(monkeypatch: pytest.MonkeyPatch, **other: str | None) -> Line:
    """The line about packages where some have another version, or are missing."""
    real = metadata.version

    def version(name: str) -> str:
        if name not in other:
            pinned = dict(cli_doctor.PIN.findall((config_module.ROOT / cli_doctor.NEEDED).read_text()))
            return pinned.get(name) or real(name)
        if (found := other[name]) is None:
            raise metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(cli_doctor.metadata, "version", version)
    return cli_doctor.packages()[0]


def test_packages_are_compared_with_those_that_were_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    assert packages(monkeypatch).sign == "ok"
    pinned = dict(cli_doctor.PIN.findall((config_module.ROOT / cli_doctor.NEEDED).read_text()))
    assert packages(monkeypatch, torch=f"{pinned['torch']}+cu130").sign == "ok"
    other = packages(monkeypatch, numpy="1.26.0")
    assert other.sign == "look"
    assert f"numpy 1.26.0 (≠ {pinned['numpy']})" in other.what.en
    missing = packages(monkeypatch, torch=None)
    assert (missing.sign, "torch" in missing.what.zh) == ("stop", True)
    assert "pip install -r requirements.txt" in missing.how.zh
    assert packages(monkeypatch, typst=None).sign == "look"


def test_a_torch_that_does_not_load_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    assert only("torch").sign == "ok"
    monkeypatch.setattr(gpus, "torch_says", lambda wait=True: Answer(False, said="ImportError: libgomp", loads=False))
    assert only("torch").sign == "stop"
    assert "libgomp" in only("torch").what.zh


def test_a_variable_that_is_no_number_is_named_and_nothing_crashes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "eighty")
    config_module.config.cache_clear()
    assert main(["doctor", "--lang", "en"]) == 1
    assert "eighty" in capsys.readouterr().out


def test_a_workspace_that_cannot_be_written_to_stops(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, disk = cli_doctor.workspace()
    assert (place.sign, disk.sign) == ("ok", "ok")
    assert "made at the first start" in place.what.en
    monkeypatch.setattr(cli_doctor.os, "access", lambda *_: False)
    assert cli_doctor.workspace()[0].sign == "stop"


def test_a_full_disk_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MIN_FREE_MB", 10**9)
    assert cli_doctor.workspace()[1].sign == "stop"


def test_the_databases_state_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "first start" in only("database").what.en
    db.migrate()
    assert "up to date" in only("database").what.en
    monkeypatch.setattr(db, "newest_version", lambda: "9999")
    assert "to 9999" in only("database").what.en
    monkeypatch.setattr(db, "newest_version", lambda: "0000")
    assert only("database").sign == "stop"


def test_a_database_that_is_broken_is_said(home: Path) -> None:
    home.mkdir()
    (home / "modelwright.db").write_bytes(b"no database" * 100)
    line = only("database")
    assert line.sign == "stop"
    assert "not a database" in line.what.en


def server(**more: Any) -> dict[str, Any]:
    return {"status": "ok", "version": code_version(), "hardware": {"name": "NVIDIA L4"}, **more}


def test_what_runs_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only("house").sign == "look"
    (home / "locks").mkdir(parents=True)
    monkeypatch.setattr(client, "health", server)
    monkeypatch.setattr(machine, "worker_lives", lambda: True)
    pages, worker, answers = cli_doctor.house()
    assert [line.sign for line in (pages, worker, answers)] == ["look", "ok", "ok"]
    assert "NVIDIA L4" in answers.what.zh
    monkeypatch.setattr(client, "health", lambda: server(version="other"))
    monkeypatch.setattr(machine, "worker_lives", lambda: False)
    assert [line.sign for line in cli_doctor.house()] == ["look"] * 3
    monkeypatch.setattr(client, "health", lambda: None)
    assert "not up" in cli_doctor.house()[2].what.en


def test_every_card_is_said_and_none_stops_a_training(monkeypatch: pytest.MonkeyPatch) -> None:
    assert only("cards").sign == "ok"
    card = Gpu("NVIDIA L4", 23034, 22500, driver="580.95.05")
    states = [Judged(card, state, why, how) for state, (why, how) in gpus.WORDS.items()]
    monkeypatch.setattr(gpus, "judged", lambda own: tuple(states))
    lines = {one.state: line for one, line in zip(states, cli_doctor.cards(), strict=True)}
    assert {state for state, line in lines.items() if line.sign == "ok"} == {"used", "kept_back"}
    assert {line.sign for line in lines.values()} == {"ok", "look"}
    assert lines["used"].what.en.startswith(
        "NVIDIA L4: Used for training; 22 of 22 GB of its memory are free; driver 580"
    )
    assert lines["no_driver"].how.zh.startswith("请安装 NVIDIA 驱动")


def test_trees_that_do_not_load_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(name: str) -> None:
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(cli_doctor, "import_module", fails)
    line = only("trees")
    assert line.sign == "look"
    assert "libgomp1" in line.how.en


def test_language_models_are_said_by_the_languages_they_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def info(name: str, *languages: str, ready: bool = True) -> encoders.EncoderInfo:
        return encoders.EncoderInfo(name, languages, "operator", "", 100, ready=ready)

    monkeypatch.setattr(encoders, "available", lambda: [info("a", "en"), info("b", "zh", ready=False)])
    monkeypatch.setattr(encoders, "is_cached", lambda info: False)
    here, missing, hub = cli_doctor.language_models()
    assert here.what == Text("Language models: a (English).", "语言模型：a（英文）。")
    assert (missing.sign, "Chinese" in missing.what.en) == ("look", True)
    assert "offline" in hub.what.en
    monkeypatch.setattr(encoders, "hub_state", lambda: "reached")
    assert cli_doctor.language_models()[1].sign == "ok"
    monkeypatch.setattr(encoders, "available", lambda: [info("c", "many")])
    assert len(cli_doctor.language_models()) == 2


def test_little_memory_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_mb", lambda: 2048)
    assert only("processor").sign == "look"
    monkeypatch.setattr(machine, "memory_mb", lambda: 65536)
    assert only("processor").sign == "ok"


def test_what_a_report_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_doctor, "find_spec", lambda name: None)
    assert (only("report").sign, "typst" in only("report").what.en) == ("look", True)
