"""Heavy work in another process: the same answer, the same refusals, nothing kept in this one."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from core.data.recipe import Step
from core.services import datasets, elsewhere, inspecting, requests
from core.store import children
from core.words import UserError
from tests.house import add_flowers, request, toy

pytestmark = pytest.mark.usefixtures("toy")
__all__ = ["toy"]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be done in a process of its own is done by the same code in this one, which starts at once; the names of
    what was done."""
    done: list[str] = []

    def run(command: list[str], asked: str, **_: Any) -> tuple[int, str]:
        said = io.StringIO()
        with monkeypatch.context() as there:
            there.setattr(sys, "argv", command)
            there.setattr(sys, "stdin", io.StringIO(asked))
            there.setattr(sys, "stdout", said)
            there.setattr(elsewhere, "IN_IT", True)
            there.setattr(children, "die_with_parent", lambda parent: None)
            code = elsewhere.main()
        done.append(command[1])
        return code, said.getvalue().strip()

    monkeypatch.setattr(children, "run", run)
    return done


def test_another_process_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    id = add_flowers(80)
    here = inspecting.findings(id, "toy")
    monkeypatch.setattr(elsewhere, "LARGE", 10)
    assert inspecting.findings(id, "toy") == here


def test_checks_and_repairs_of_large_tables_are_the_same(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    id = add_flowers(80)
    asked = request(dataset_id=id)
    here = requests.check(asked)
    monkeypatch.setattr(elsewhere, "LARGE", 10)
    assert requests.check(asked) == here
    fixed = datasets.fix(id, Step("drop_columns", ("garden",)))
    assert "garden" not in datasets.frame(fixed.id)
    assert told == ["check", "fix"]


@pytest.mark.usefixtures("told")
def test_a_refusal_comes_back_as_words() -> None:
    with pytest.raises(UserError, match="was not found"):
        elsewhere.run("findings", "0" * 32, "toy")
