"""How many threads are taken, from what is really there, and how they wait."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core import threads
from core.config import ROOT


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of 16 cores whose control groups are folders of the test."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr(threads, "CGROUPS", tmp_path)
    monkeypatch.setattr(threads, "OWN_CGROUPS", tmp_path / "own")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    return tmp_path


def limit(folder: Path, said: str, name: str = "cpu.max") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(said)


def test_without_a_limit_all_cores_that_the_process_may_run_on_count(groups: Path) -> None:
    limit(groups, "max 100000\n")
    assert threads.cores() == 16
    for odd in ("nonsense", "9" * 400 + " 1", "100000 0", "max"):
        limit(groups, odd)
        assert threads.cores() == 16
    (groups / "own").write_bytes(b"0::/\xff\xfe\n")
    assert threads.cores() == 16


@pytest.mark.parametrize(
    ("said", "cores"), [("250000 100000", 2), ("400000 100000", 4), ("20000 100000", 1), ("9900000 100000", 16)]
)
def test_a_containers_share_counts(groups: Path, said: str, cores: int) -> None:
    limit(groups, said)
    assert threads.cores() == cores


def test_the_tightest_group_above_the_process_counts(groups: Path) -> None:
    (groups / "own").write_text("0::/house.slice/house.service/worker\n")
    limit(groups / "house.slice", "800000 100000")
    limit(groups / "house.slice" / "house.service", "300000 100000")
    limit(groups / "house.slice" / "house.service" / "worker", "max 100000")
    assert threads.cores() == 3


def test_groups_of_the_first_version_count_too(groups: Path) -> None:
    (groups / "own").write_text("4:cpu,cpuacct:/box\n3:memory:/box\n")
    limit(groups / "cpu" / "box", "200000", "cpu.cfs_quota_us")
    limit(groups / "cpu" / "box", "100000", "cpu.cfs_period_us")
    assert threads.cores() == 2
    limit(groups / "cpu" / "box", "-1", "cpu.cfs_quota_us")
    assert threads.cores() == 16


def test_a_process_takes_the_share_that_it_was_told(groups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert threads.usable() == 16
    for told, taken in (("4", 4), ("4,2", 4), ("64", 16), ("0", 16), ("many", 16), ("²", 16)):
        monkeypatch.setenv("OMP_NUM_THREADS", told)
        assert threads.usable() == taken
    assert {threads.environment(3)[name] for name in threads.COUNTS} == {"5"}
    assert {threads.environment(99)[name] for name in threads.COUNTS} == {"1"}


def test_fewer_threads_are_taken_where_they_are_quicker_and_only_there() -> None:
    def slow_together(count: int) -> None:
        time.sleep(0.01 * count)

    def quick_together(count: int) -> None:
        time.sleep(0.04 / count)

    assert threads.quickest(slow_together, 8) == 1
    assert threads.quickest(quick_together, 8) == 8
    assert threads.quickest(lambda _: None, 1) == 1


@pytest.mark.parametrize("module", ["core.learning", "core.learning.hardware", "core.learning.tabular.boosting"])
def test_whoever_learns_waits_gently_unless_told_otherwise(module: str) -> None:
    said = f"import {module}, os; print(os.environ['OMP_WAIT_POLICY'], os.environ['GOMP_SPINCOUNT'])"
    clean = {name: value for name, value in os.environ.items() if name not in threads.WAITING}
    for given, expected in (({}, "PASSIVE 1000"), ({"GOMP_SPINCOUNT": "7"}, "PASSIVE 7")):
        done = subprocess.run(
            [sys.executable, "-c", said], env=clean | given, cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == expected.split()
