"""What a run would take on this machine: the scenario's short trial, once for each distinct question."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from typing import Any

from core.progress import Plan
from core.scenarios.base import scenario
from core.serving import wire
from core.store.frames import read_table
from core.words import Text, UserError

TRIAL_SECONDS = 90.0
REMEMBERED = 200

_TOO_SLOW = Text(
    "The estimate took too long, so the time is not known. The training can be started without it.",
    "估算用时过长，暂时无法给出所需时间。不影响直接开始训练。",
)
_NO_DATA = Text("The data was not found. It may have been deleted.", "找不到数据，可能已被删除。")


class Estimates:
    """Trials run one at a time, so that they do not slow each other down, and their results are kept."""

    def __init__(self, seconds: float = TRIAL_SECONDS) -> None:
        self.seconds = seconds
        self._plans: OrderedDict[bytes, Plan] = OrderedDict()
        self._guard = threading.Lock()
        self._trials = ThreadPoolExecutor(1, thread_name_prefix="trial")

    def plan(self, asked: Mapping[str, Any]) -> Plan:
        """The plan for `scenario`, `dataset_id`, `roles`, `settings` and `extras`. Raises UserError."""
        key = wire.dumps(sorted(asked.items()))
        with self._guard:
            if key in self._plans:
                return self._plans[key]
        try:
            plan = self._trials.submit(_trial, asked).result(self.seconds)
        except TooSlow:
            raise UserError(_TOO_SLOW) from None
        with self._guard:
            self._plans[key] = plan
            while len(self._plans) > REMEMBERED:
                self._plans.popitem(last=False)
        return plan


def _trial(asked: Mapping[str, Any]) -> Plan:
    kind = scenario(asked["scenario"])
    settings = kind.settings.from_json(asked["settings"])
    try:
        table = read_table(asked["dataset_id"], asked["roles"], asked.get("extras"))
    except (FileNotFoundError, ValueError):
        raise UserError(_NO_DATA) from None
    return kind.estimate(table, settings)
