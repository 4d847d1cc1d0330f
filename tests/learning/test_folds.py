"""Every cut of the training rows keeps together what belongs together, and gives each part its share of every class."""

from __future__ import annotations

import numpy as np
import pytest

from core.learning.folds import TOO_FEW_GROUPS, Folds
from core.words import UserError


def test_classes_are_spread_evenly_and_groups_kept_together() -> None:
    y = np.array([0] * 90 + [1] * 9 + [2])
    groups = np.arange(100)
    groups[50:60] = 50
    part_of = Folds(y, groups).parts(3)
    assert np.bincount(part_of[y == 1]).tolist() == [3, 3, 3]
    assert len(set(part_of[50:60].tolist())) == 1


def test_parts_are_about_equal_however_unequal_the_groups() -> None:
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), random.permutation([1, 2, 3, 5, 8, 40] * 10))
    y = random.integers(0, 2, 60)[groups]
    sizes = np.bincount(Folds(y, groups).parts(5))
    assert sizes.min() > 0.8 * len(y) / 5


@pytest.mark.parametrize("seed", range(30))
def test_no_part_is_empty_and_no_group_lies_in_two(seed: int) -> None:
    random = np.random.default_rng(seed)
    groups = random.integers(0, int(random.integers(2, 12)), 60)
    folds = Folds(random.integers(0, int(random.integers(1, 9)), 60), groups, seed)
    count = int(random.integers(2, 6))
    part_of = folds.parts(count)
    assert len(set(part_of)) == min(count, len(set(groups)))
    assert all(len(set(part_of[groups == group])) == 1 for group in set(groups))


def test_other_turns_and_seeds_cut_elsewhere_and_the_same_one_there_again() -> None:
    folds = Folds.of_rows(np.arange(200) % 2)
    assert np.array_equal(folds.parts(5, 1), folds.parts(5, 1))
    assert not np.array_equal(folds.parts(5), folds.parts(5, 1))
    assert not np.array_equal(folds.parts(5), Folds.of_rows(np.arange(200) % 2, 1).parts(5))


def test_rows_of_a_single_group_cannot_be_cut() -> None:
    with pytest.raises(UserError, match="too few groups") as raised:
        Folds(np.arange(10) % 2, np.zeros(10, dtype=int)).parts(3)
    assert raised.value.text == TOO_FEW_GROUPS
