"""Asking the model server from the pages and the command line. No torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import httpx

from core.progress import Plan
from core.scenarios.base import Answer, Turn
from core.serving import wire
from core.serving.process import find
from core.words import Text, UserError

CONNECT_SECONDS = 1.0
HEALTH_SECONDS = 2.0
ANSWER_SECONDS = 60.0
ESTIMATE_SECONDS = 120.0

STARTING = Text(
    "The model server is starting. Please try again in a few seconds.",
    "模型服务正在启动，请几秒后再试。",
)
SLOW = Text(
    "The model server did not answer in time; it may be busy with a large model. Please try again.",
    "模型服务没有及时响应，可能正在处理较大的模型，请稍后重试。",
)
REFUSED = Text(
    "The model server did not accept this application. Restart Modelwright.",
    "模型服务拒绝了本程序的请求，请重新启动模匠。",
)


def health() -> dict[str, Any] | None:
    """What the server says of itself: status, version, hardware, loaded models. None while it is not up."""
    try:
        return _ask("GET", "/health", seconds=HEALTH_SECONDS)
    except UserError:
        return None


def warm(run_id: int) -> None:
    """Asks the server to load the model and returns at once. Raises UserError where the server is not up."""
    _ask("POST", "/load", {"run_id": run_id}, seconds=HEALTH_SECONDS)


def answer(run_id: int, inputs: Mapping[str, Any], controls: Mapping[str, Any], history: Sequence[Turn] = ()) -> Answer:
    asked = {"run_id": run_id, "inputs": inputs, "controls": controls, "history": wire.turns_to_json(history)}
    return wire.answer_from_json(_ask("POST", "/answer", asked, seconds=ANSWER_SECONDS))


def estimate(
    scenario: str,
    dataset_id: str,
    roles: Mapping[str, Sequence[str]],
    settings: Mapping[str, Any],
    *,
    extras: Mapping[str, str] | None = None,
    test_dataset_id: str | None = None,
) -> Plan:
    """Time and memory of a run with these settings, from a short trial on the server's machine."""
    asked = {
        "scenario": scenario,
        "dataset_id": dataset_id,
        "roles": {key: list(names) for key, names in roles.items()},
        "settings": dict(settings),
        "extras": dict(extras or {}),
        "test_dataset_id": test_dataset_id,
    }
    return wire.plan_from_json(_ask("POST", "/estimate", asked, seconds=ESTIMATE_SECONDS))


def look_for_batches() -> None:
    """Tells the server that a batch was queued or cancelled. It looks by itself too, so a server that is down is
    no error."""
    with suppress(UserError):
        _ask("POST", "/batches", {}, seconds=HEALTH_SECONDS)


@cache
def _http() -> httpx.Client:
    """One pool of connections for the process, past any proxy of the environment."""
    return httpx.Client(trust_env=False)


def _ask(method: str, path: str, body: Mapping[str, Any] | None = None, *, seconds: float) -> Any:
    place = find()
    if place is None:
        raise UserError(STARTING)
    try:
        answered = _http().request(
            method,
            place.url + path,
            content=wire.dumps(body) if body is not None else None,
            headers={"Authorization": f"Bearer {place.token}", "Content-Type": "application/json"},
            timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
        )
        return _understood(answered)
    except httpx.ReadTimeout:
        raise UserError(SLOW) from None
    except (httpx.HTTPError, ValueError):
        raise UserError(STARTING) from None


def _understood(answered: httpx.Response) -> Any:
    if answered.status_code in (401, 403):
        raise UserError(REFUSED)
    said = answered.json()
    if answered.is_success:
        return said
    raise UserError(Text.from_json(said["error"]) if isinstance(said, dict) and "error" in said else STARTING)
