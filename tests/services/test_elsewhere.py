"""Heavy work in another process: the same answer, the same refusals, nothing kept in this one."""

from __future__ import annotations

import pytest

from core.data.recipe import Step
from core.services import datasets, elsewhere, inspecting, requests
from core.words import UserError
from tests.house import add_flowers, request, toy

pytestmark = pytest.mark.usefixtures("toy")
__all__ = ["toy"]


def test_findings_checks_and_repairs_are_the_same_from_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    id = add_flowers(80)
    asked = request(dataset_id=id)
    here = inspecting.findings(id, "toy"), requests.check(asked)
    monkeypatch.setattr(elsewhere, "LARGE", 10)
    assert (inspecting.findings(id, "toy"), requests.check(asked)) == here
    fixed = datasets.fix(id, Step("drop_columns", ("garden",)))
    assert "garden" not in datasets.frame(fixed.id)


def test_a_refusal_comes_back_as_words() -> None:
    with pytest.raises(UserError, match="was not found"):
        elsewhere.run("findings", "0" * 32, "toy")
