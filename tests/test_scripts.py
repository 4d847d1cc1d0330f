"""`make` from a clean checkout, on machines that lack something."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.config import ROOT

WITHOUT_ENSUREPIP = "import sys; sys.modules['ensurepip'] = None"
"""As Debian's Python is where the package python3-venv is not installed."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that needs no package."""
    here = tmp_path / "checkout"
    shutil.copytree(ROOT / "scripts", here / "scripts")
    shutil.copy(ROOT / "Makefile", here)
    (here / "requirements.txt").touch()
    return here


def make(checkout: Path, target: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", target],
        cwd=checkout,
        env={**inherited, "PYTHON": sys.executable, "PIP_NO_INDEX": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_python_that_can_make_no_environment_is_refused_in_a_sentence_and_leaves_nothing(
    checkout: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_ENSUREPIP)
    found = make(checkout, "install", PYTHONPATH=str(tmp_path))
    assert found.returncode
    assert "python3-venv" in found.stderr
    assert not (checkout / ".venv").exists()


def test_an_environment_that_was_left_half_made_is_made_anew(checkout: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(checkout / ".venv")], check=True)
    found = make(checkout, "install")
    assert found.returncode == 0, found.stderr
    assert (checkout / ".venv" / ".installed").exists()


def test_clean_removes_an_environment_that_does_not_work(checkout: Path) -> None:
    broken = checkout / ".venv" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    assert make(checkout, "clean").returncode == 0
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("path", sorted((ROOT / "scripts").glob("*.sh")), ids=lambda path: path.name)
def test_scripts_ask_only_for_what_every_unix_has(path: Path) -> None:
    said = path.read_text()
    assert said.startswith("#!/bin/sh\n")
    assert not re.findall(r"^\s*(?:timeout|realpath|readlink -f|sed -i)\b|\[\[|<\(|\bfunction ", said, re.MULTILINE)
    subprocess.run(["sh", "-n", str(path)], check=True)


def test_what_git_ignores_never_goes_into_the_container() -> None:
    def listed(name: str) -> set[str]:
        return {line.strip("/").removeprefix("**/") for line in (ROOT / name).read_text().split()}

    assert listed(".gitignore") <= listed(".dockerignore")
