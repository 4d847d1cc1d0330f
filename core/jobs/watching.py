"""How far a run is and how long it will still take, from its plan and from what it has said so far."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from core.jobs.report import Seen
from core.progress import Plan, Stage
from core.words import Text

MOST_POINTS = 400
SLOWEST, FASTEST = 6.0, 0.2
"""By how much a run may differ from its plan, as far as the forecast of its rest believes it."""
TRUST = 0.2
"""The plan counts as much as having seen this share of it go exactly as planned."""


@dataclass(frozen=True)
class StageState:
    """A stage as the page draws it. `seconds` is what it took when done, else what it is planned to take."""

    key: str
    title: Text
    seconds: float
    state: Literal["done", "now", "later"]
    share: float


@dataclass(frozen=True)
class Forecast:
    stages: tuple[StageState, ...]
    share: float
    seconds_left: float | None


def stage_states(plan: Plan | None, seen: Seen, *, succeeded: bool) -> tuple[StageState, ...]:
    """The plan's stages in order. A stage before the current one counts as done even where it was skipped."""
    stages = plan.stages if plan else ()
    keys = [stage.key for stage in stages]
    now = len(keys) if succeeded else keys.index(seen.stage) if seen.stage in keys else 0
    return tuple(_state(stage, position, now, seen) for position, stage in enumerate(stages))


def _state(stage: Stage, position: int, now: int, seen: Seen) -> StageState:
    if position < now:
        return StageState(stage.key, stage.title, seen.stages.get(stage.key, 0.0), "done", 1.0)
    if position == now and seen.stage == stage.key:
        return StageState(stage.key, stage.title, stage.seconds, "now", seen.share)
    return StageState(stage.key, stage.title, stage.seconds, "later", 0.0)


def forecast(plan: Plan | None, seen: Seen, *, succeeded: bool = False) -> Forecast:
    """Share done, weighted by planned seconds, and the time left at the pace seen so far."""
    states = stage_states(plan, seen, succeeded=succeeded)
    if succeeded:
        return Forecast(states, 1.0, 0.0)
    if plan is None or not plan.seconds:
        return Forecast(states, 0.0, None)
    done = sum(p.seconds * s.share for p, s in zip(plan.stages, states, strict=True))
    pace = _pace(plan, states, seen)
    left = 0.0
    for planned, state in zip(plan.stages, states, strict=True):
        if state.state == "later":
            left += planned.seconds * pace
        elif state.state == "now":
            left += _left_now(planned.seconds * pace, state.share, _elapsed(seen))
    return Forecast(states, min(0.99, done / plan.seconds), left)


def _elapsed(seen: Seen) -> float:
    """Seconds that the current stage has taken; the clock stands still once the attempt has ended."""
    until = seen.last if seen.ended else time.time()
    return max(0.0, (until or 0.0) - seen.stage_started) if seen.stage else 0.0


def _pace(plan: Plan, states: tuple[StageState, ...], seen: Seen) -> float:
    """Actual over planned seconds of what is done of this attempt, close to 1 while that is little."""
    planned = actual = 0.0
    for stage, state in zip(plan.stages, states, strict=True):
        if state.state == "done":
            planned, actual = planned + stage.seconds, actual + state.seconds
        elif state.state == "now" and state.share > 0.1:
            planned, actual = planned + stage.seconds * state.share, actual + _elapsed(seen)
    trust_in_plan = TRUST * plan.seconds
    return min(SLOWEST, max(FASTEST, (actual + trust_in_plan) / (planned + trust_in_plan)))


def _left_now(planned: float, share: float, elapsed: float) -> float:
    """Time left of the current stage: from the plan at first, from its own pace the further it is."""
    by_plan = max(planned * (1 - share), 0.0) if share else max(planned - elapsed, 0.05 * planned)
    if share < 0.02:
        return by_plan
    by_pace = elapsed * (1 - share) / share
    return (1 - share) * by_plan + share * by_pace


def thinned(points: list[tuple[float, float]], most: int = MOST_POINTS) -> list[tuple[float, float]]:
    """At most about `most` points, evenly taken, the last one kept; of several models that learned one after another
    the last one's."""
    points = points[max((n for n in range(1, len(points)) if points[n][0] < points[n - 1][0]), default=0) :]
    step = max(1, -(-len(points) // most))
    kept = points[::step]
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]
