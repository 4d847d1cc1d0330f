"""`benchmarks/gpu.py` at toy size on a processor: every part goes through, also where little is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from benchmarks.gpu import LIMITS, TOY, Bench, Lines, Size
from benchmarks.gpu_data import english_encoder, make_encoder, pack_encoder
from core.config import ROOT
from core.learning.encoders import MODELS_VARIABLE

MISSING = """
import sys

NAMES = {names!r}


class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        return None if name.split(".")[0] in NAMES else self.finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self.finder, name)


sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""
NOT_THERE = (
    "alembic", "catboost", "charset_normalizer", "cleanlab", "duckdb", "gguf", "lightgbm", "onnxruntime", "peft", "plotly",
    "polars", "pyarrow", "python_calamine", "rjieba", "sqlalchemy", "starlette", "streamlit", "uvicorn",
)  # fmt: skip
"""What a machine with torch, transformers and scikit-learn need not have."""
BESIDE_PLAIN = ("sentiment", "bot", "sequence", "table")
Told = dict[str, list[dict[str, Any]]]


def toy(folder: Path, *arguments: str, **environment: str) -> Told:
    """The lines of each part."""
    out = folder / "gpu.jsonl"
    ran = subprocess.run(
        [sys.executable, "benchmarks/gpu.py", "--toy", "--out", str(out), *arguments],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert set(out.read_text().splitlines()) <= set(ran.stdout.splitlines())
    return told_in(out)


def told_in(out: Path) -> Told:
    found: Told = {}
    for line in out.read_text().splitlines():
        said = json.loads(line)
        found.setdefault(said.pop("part"), []).append(said)
    return found


def one(lines: list[dict[str, Any]], key: str) -> Any:
    (found,) = [line[key] for line in lines if key in line]
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """All parts, where only torch and its like are installed."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "sitecustomize.py").write_text(MISSING.format(names=NOT_THERE))
    return toy(folder, PYTHONPATH=str(folder))


@pytest.mark.slow
def test_every_part_goes_through_or_says_what_is_missing(told: Told) -> None:
    assert set(told) - {"encoder"} == set(LIMITS)
    assert all(lines[-1]["ended"] for lines in told.values())
    assert {part: one(lines, "skipped") for part, lines in told.items() if any("skipped" in line for line in lines)} == {
        "house": "sqlalchemy is not installed", "lora": "peft is not installed",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("part", BESIDE_PLAIN)
def test_a_training_is_told_beside_the_same_one_by_a_plain_trainer(told: Told, part: str) -> None:
    ours, plain = (
        next(line for line in told[part] if line.get("by") == by and "steps" in line)
        for by in ("modelwright", "transformers")
    )
    assert [ours[name] for name in ("steps", "batch_size", "bf16")] == [
        plain[name] for name in ("steps", "batch_size", "bf16")
    ]
    for line in (ours, plain):
        assert min(line[name] for name in ("tokens_per_second", "share_of_peak", "busy", "peak_memory_mb")) > 0
    assert one(told[part], "seconds_ours_over_plain") == pytest.approx(ours["seconds"] / plain["seconds"], rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("part", ["sentiment", "sequence", "table"])
def test_the_estimate_stands_beside_what_it_took(told: Told, part: str) -> None:
    assert one(told[part], "estimated_seconds") > 0
    assert [line for line in told[part] if any(name.startswith("actual_over_estimated") for name in line)]


@pytest.mark.slow
def test_short_memory_is_met_by_halving_with_the_same_result(told: Told) -> None:
    enough, short = (line for line in told["out_of_memory"] if "memory" in line)
    assert 2 * short["batch_size"] == enough["batch_size"]
    assert one(told["out_of_memory"], "halved")
    assert one(told["out_of_memory"], "same_steps")
    assert one(told["out_of_memory"], "log_loss_apart") < 0.05


@pytest.mark.slow
def test_a_training_is_killed_in_the_middle_of_it(told: Told) -> None:
    assert one(told["killed"], "was_training")
    assert one(told["killed"], "killed_by") == "SIGKILL"


@pytest.mark.slow
def test_a_training_goes_on_from_the_middle_elsewhere(told: Told) -> None:
    whole, *resumed = [line for line in told["resuming"] if "steps" in line]
    assert len(resumed) == 2
    for line in resumed:
        assert 0 < line["resumed_at_step"] < line["steps"] == whole["steps"]
        assert line["log_loss"] == pytest.approx(whole["log_loss"], abs=0.05)


@pytest.mark.slow
def test_sixteen_bits_are_held_against_the_noise_of_seeds(told: Told) -> None:
    losses = {
        bits: [line["log_loss"] for line in told["precision"] if line.get("bf16") is bits] for bits in (True, False)
    }
    assert len(losses[True]) == len(losses[False]) == 3
    apart = sum(losses[True]) / 3 - sum(losses[False]) / 3
    assert one(told["precision"], "bf16_minus_fp32") == pytest.approx(apart, abs=1e-3)


@pytest.mark.slow
def test_with_the_database_two_trainings_take_turns_and_a_model_answers_beside_them(tmp_path: Path) -> None:
    lines = toy(tmp_path, "--only", "house,lora")
    house = lines["house"]
    assert [line["status"] for line in house if "run" in line] == ["succeeded", "succeeded"]
    assert one(house, "took_turns")
    assert one(house, "answers_beside_a_training") > 0
    assert one(lines["lora"], "learned") < one(lines["lora"], "weights")
    assert one(lines["lora"], "seconds_ours_over_plain") > 0


def hangs(tell: Lines, size: Size, folder: Path) -> None:
    os.setsid()
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    tell(begun=child.pid)
    time.sleep(600)


def dies(tell: Lines, size: Size, folder: Path) -> None:
    os.setsid()
    tell(begun=os.getpid())
    os._exit(9)


@pytest.mark.slow
def test_a_part_that_hangs_or_dies_is_ended_with_all_that_it_started_and_leaves_its_figures(tmp_path: Path) -> None:
    bench = Bench(TOY, tmp_path, tmp_path / "lines", time.monotonic() + 60)
    assert not bench.in_process("hangs", hangs, 8.0)
    assert not bench.in_process("dies", dies, 60.0)
    told = told_in(tmp_path / "lines")
    begun, late, ended = told["hangs"]
    assert late == {"timed_out": 8.0}
    assert not ended["ended"]
    assert not psutil.pid_exists(begun["begun"]) or psutil.Process(begun["begun"]).status() == psutil.STATUS_ZOMBIE
    assert "error" in told["dies"][1]


def test_a_part_for_which_no_time_is_left_says_so(tmp_path: Path) -> None:
    bench = Bench(TOY, tmp_path, tmp_path / "lines", time.monotonic())
    assert bench.run("card")
    assert told_in(tmp_path / "lines") == {"card": [{"skipped": "no time was left"}]}


def test_a_packed_encoder_is_half_as_large_and_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    make_encoder(tmp_path / "here" / "made", TOY)
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "here"))
    before = english_encoder().model()
    pack_encoder(tmp_path / "there" / "packed")
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "there"))
    packed = english_encoder()
    assert packed.name == "packed"
    sizes = [
        next(folder.glob("*.safetensors")).stat().st_size for folder in (tmp_path / "here" / "made", packed.folder)
    ]
    assert sizes[1] < 0.6 * sizes[0]
    for one, other in zip(before.parameters(), packed.model().parameters(), strict=True):
        assert torch.equal(one.to(torch.bfloat16).float(), other)
