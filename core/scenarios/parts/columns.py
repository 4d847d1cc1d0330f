"""Which column of the user's table stands behind each field of a live form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.data.table import Roles
from core.scenarios.base import Scenario


def columns_behind(
    scenario: Scenario[Any], details: Mapping[str, Any], roles: Roles, known: Sequence[str]
) -> dict[str, str]:
    """Field -> column: a field named as a role asks for the role's column, one named as a column for that column."""
    found = {}
    for field in scenario.fields(details):
        column = next(iter(roles.get(field.key, ())), field.key)
        if column in known:
            found[field.key] = column
    return found
