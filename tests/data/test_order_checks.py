"""What is found in order histories before training."""

from __future__ import annotations

import pandas as pd
import pytest

from core.data import order_checks as checks
from core.data.recipe import apply
from core.data.table import Table

ROLES = {"user": ("who",), "item": ("what",), "time": ("when",)}


def orders(rows: int = 600) -> pd.DataFrame:
    who = [f"c{k % 40}" for k in range(rows)]
    return pd.DataFrame({"who": who, "what": [f"p{k // 40}" for k in range(rows)], "when": range(rows)})


def found(frame: pd.DataFrame) -> dict[str, str]:
    table = Table(frame, ROLES)
    wanted = (checks.enough_orders, checks.nothing_new, checks.times, checks.missing_ids, checks.repeated_orders)
    return {problem.key: problem.severity for check in wanted for problem in check(table)}


def test_orders_in_which_each_last_purchase_is_new_are_fine() -> None:
    assert found(orders()) == {}


def test_an_export_that_ran_twice_is_stopped_and_mended_by_its_fix() -> None:
    twice = pd.concat([orders(), orders()], ignore_index=True)
    assert found(twice) == {"nothing_new": "stop", "repeated_orders": "warn"}
    (problem,) = checks.nothing_new(Table(twice, ROLES))
    step = problem.fixes[0].step
    assert step is not None
    assert found(apply(twice, [step])) == {}
    assert problem.fixes[1].settings == {"repeat": "again"}


def test_a_few_repeats_are_only_noted() -> None:
    frame = orders()
    assert found(pd.concat([frame, frame.iloc[:10]], ignore_index=True)) == {"repeated_orders": "note"}


@pytest.mark.parametrize(("share", "severity"), [(0.1, "warn"), (0.6, "stop")])
def test_times_that_cannot_be_read_are_told_and_most_of_them_stop(share: float, severity: str) -> None:
    frame = orders().astype({"when": "object"})
    frame["when"] = [f"2024-01-{1 + k % 28:02d}" for k in range(len(frame))]
    frame.loc[: int(share * len(frame)), "when"] = "soon"
    assert found(frame)["times_unread"] == severity


def test_one_purchase_each_and_one_item_stop() -> None:
    assert found(orders().assign(who=[f"c{k}" for k in range(600)])) == {"too_few_customers": "stop"}
    assert found(orders().assign(what="p"))["too_few_items"] == "stop"


def test_ids_read_as_floats_are_the_same_customers() -> None:
    frame = orders()
    frame["who"] = [float(k % 40) for k in range(len(frame))]
    frame.loc[:20, "who"] = None
    assert found(frame) == {"missing_user": "warn"}
    assert Table(frame, ROLES).texts("user")[30] == "30"
