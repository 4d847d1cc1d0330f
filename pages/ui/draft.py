"""What a user has set up so far: kept in the session, and in the address so that a reload or a colleague finds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.data.profile import Profile
from core.scenarios.base import Role, Scenario
from core.services import inspecting
from pages.ui import address

Columns = dict[str, tuple[str, ...]]
LONGEST = 1500
NOT_ANSWERS = ("-file", "-bring", "-error")
"""Endings of keys that hold no answer and may not be set."""


def prefix(dataset_id: str, scenario_key: str) -> str:
    """The beginning of every widget's key of this set-up."""
    return f"setup-{dataset_id}-{scenario_key}"


def carry_over(dataset_id: str, new_id: str) -> None:
    """Takes every answer along to a repaired version of the data."""
    old, new = f"setup-{dataset_id}-", f"setup-{new_id}-"
    for key in [str(key) for key in st.session_state if str(key).startswith(old)]:
        if not key.endswith(NOT_ANSWERS):
            st.session_state[key.replace(old, new, 1)] = st.session_state[key]


def repairs() -> dict[str, str]:
    """Repaired versions, by the version they were asked for on, while buttons of that version may still be clicked."""
    return st.session_state.setdefault("repairs", {})


def newest(dataset_id: str) -> str:
    """The version that the repairs asked for so far have led to."""
    return repairs().get(dataset_id, dataset_id)


def go_on(dataset_id: str) -> str:
    """Moves the set-up on to the newest version, where a callback was cut short before it could."""
    found = newest(dataset_id)
    if found != dataset_id:
        carry_over(dataset_id, found)
        address.remember(dataset=found)
    return found


def left() -> dict[str, str]:
    """By a version, the one that this user went back from to it: where redo leads, whatever others did meanwhile."""
    return st.session_state.setdefault("left", {})


def undo(dataset_id: str) -> str:
    back = inspecting.undo(dataset_id)
    left()[back] = dataset_id
    return back


def redo(dataset_id: str) -> str:
    return inspecting.redo(dataset_id, left().get(dataset_id))


def drawn() -> None:
    """The page stands whole: every button on it belongs to the version that it shows."""
    repairs().clear()


def from_address(name: str) -> dict[str, Any]:
    """A JSON object out of the address; empty where it is missing or broken."""
    try:
        value = json.loads(address.param(name) or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def to_address(name: str, value: Mapping[str, Any]) -> None:
    said = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    address.remember(**{name: said if value and len(said) <= LONGEST else None})


def first_columns(scenario: Scenario[Any], guessed: Columns, earlier: Mapping[str, Any], profile: Profile) -> Columns:
    """The columns to begin with: those in the address or of an earlier run where they exist, else the guess."""
    names = {column.name for column in profile.columns}
    chosen = {}
    for role in scenario.roles:
        said = earlier.get(role.key)
        known = tuple(name for name in said if name in names) if isinstance(said, list | tuple) else ()
        chosen[role.key] = known or tuple(guessed.get(role.key, ()))
    return chosen


def reason(role: Role, name: str, guessed: Columns) -> str:
    """Why this column: "name", "content" (what is in it looks like the role) or "you"."""
    if name not in guessed.get(role.key, ()):
        return "you"
    said = name.casefold().replace("_", " ").replace("-", " ").split()
    return "name" if any(word.casefold() in (name.casefold(), *said) for word in role.names) else "content"
