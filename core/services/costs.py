"""What a training costs and whether the machine can hold it, from its plan."""

from __future__ import annotations

from collections.abc import Mapping

from core.config import config
from core.progress import Plan
from core.services import machine
from core.words import Text, UserError

CENT = 0.01
ROOM = 0.95
"""The share of the machine's memory that a training may be expected to need."""

TOO_LARGE = Text(
    "This needs about {needed} MB of memory and this machine has {have} MB, so it would be cut off. "
    "Take fewer rows, or a quicker mode that fits.",
    "预计需要约 {needed} MB 内存，而本机只有 {have} MB，训练会中途失败。请减少行数，或改用放得下的更快方式。",
)


def cost(seconds: float | None) -> str | None:
    """What so many seconds of this machine cost in the operator's currency, in words; None without a price."""
    price, currency = config().price_per_hour, config().currency
    if not price or seconds is None:
        return None
    whole = price * seconds / 3600
    return f"{currency}{whole:,.2f}" if whole >= CENT else f"< {currency}{CENT}"


def fits(plan: Plan) -> bool:
    """Whether the machine's memory holds the training. A graphics card's is not judged: what does not fit there is
    computed in smaller pieces."""
    here = machine.machine()
    return here.kind == "cuda" or plan.memory_mb <= ROOM * here.memory_mb


def fitting(known: Mapping[str, Plan]) -> list[str]:
    """The modes that fit."""
    return [mode for mode, plan in known.items() if fits(plan)]


def refuse_too_large(plan: Plan) -> None:
    """Raises UserError where the training would not fit."""
    if not fits(plan):
        have = machine.machine().memory_mb
        raise UserError(TOO_LARGE.fill(needed=f"{plan.memory_mb:,.0f}", have=f"{have:,}"))
