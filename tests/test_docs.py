"""The documents tell the truth: commands that exist, variables that are read, files that are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from core.cli import _parser
from core.config import ROOT
from core.jobs import gpus

DOCUMENTS = ("README.md", "README.zh.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/operating.md")
VARIABLE = re.compile(r"\bMODELWRIGHT_[A-Z_]+\b")
COMMAND = re.compile(r"(?:^|`)(?:\.venv/bin/)?python -m core ([^`\n]+)", re.MULTILINE)
FILE = re.compile(r"`((?:core|pages|tests|docs|benchmarks|assets|scripts)/[\w./]+)`")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def sources() -> list[Path]:
    return [ROOT / "app.py", *(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_are_understood(name: str) -> None:
    for command in COMMAND.findall(read(name)):
        _parser().parse_args(shlex.split(command, comments=True))


def test_every_variable_that_is_read_is_documented_and_the_other_way_round() -> None:
    read_here = {name for path in sources() for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}
    said = {name for document in DOCUMENTS for name in VARIABLE.findall(read(document))}
    assert said == read_here


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_that_are_named_exist(name: str) -> None:
    assert [path for path in FILE.findall(read(name)) if not (ROOT / path).exists()] == []


def test_both_readmes_show_the_same_commands_and_variables() -> None:
    def options(name: str) -> list[list[str]]:
        return [re.findall(r"^\w+|--[\w-]+", command) for command in COMMAND.findall(read(name))]

    assert options("README.md") == options("README.zh.md")
    assert set(VARIABLE.findall(read("README.md"))) == set(VARIABLE.findall(read("README.zh.md")))


def test_the_container_asks_for_a_password_keeps_its_data_and_starts_by_a_command_that_exists() -> None:
    service = yaml.safe_load(read("compose.yaml"))["services"]["modelwright"]
    assert service["environment"]["MODELWRIGHT_PASSWORD"].startswith("${MODELWRIGHT_PASSWORD:?")
    assert "workspace:/data" in service["volumes"]
    dockerfile = read("Dockerfile")
    assert "MODELWRIGHT_HOME=/data" in dockerfile
    assert "/api/health" in dockerfile
    assert 'CMD ["python", "-m", "core", "start"]' in dockerfile
    _parser().parse_args(["start"])


def test_the_container_can_load_the_trees_and_be_given_the_cards() -> None:
    dockerfile = read("Dockerfile")
    assert "libgomp1" in dockerfile
    assert "NVIDIA_DRIVER_CAPABILITIES=compute,utility" in dockerfile, "nvidia-smi comes with “utility”"
    service = yaml.safe_load(read("compose.cuda.yaml"))["services"]
    assert set(service) <= set(yaml.safe_load(read("compose.yaml"))["services"])
    (given,) = service["modelwright"]["deploy"]["resources"]["reservations"]["devices"]
    assert (given["driver"], given["capabilities"]) == ("nvidia", ["gpu"])


def test_what_the_doctor_says_of_a_card_that_is_not_used_is_in_the_table() -> None:
    """By the longest words between what is filled in."""
    table = re.sub(r"\W+", " ", read("docs/operating.md"))
    for state, (why, _) in gpus.WORDS.items():
        if state not in ("used", "no_torch", "card_old", "card_new"):
            parts = re.split(r"\{\w+\}", why.en)
            assert re.sub(r"\W+", " ", max(parts, key=len)).strip() in table, state
