"""Shares and gains as sentences say them."""

from __future__ import annotations


def of_100(share: float) -> str:
    return f"{share * 100:.0f}"


def points(gain: float) -> str:
    return f"{abs(gain) * 100:.1f}"


def signed(gain: float) -> str:
    return f"{gain * 100:+.1f}".replace("-", "−")
