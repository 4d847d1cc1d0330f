"""The colours and type of the house, once for pages and charts. Contrasts meet WCAG AA on paper and surface."""

from __future__ import annotations

from dataclasses import dataclass

FONT = '"Inter", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif'

CATEGORIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Okabe and Ito's colours, told apart by colour-blind readers as well."""


@dataclass(frozen=True)
class Palette:
    """One theme. `good`, `caution` and `bad` are always said in a word or a sign too; `baseline` is the simple method."""

    paper: str
    surface: str
    ink: str
    muted: str
    line: str
    accent: str
    on_accent: str
    baseline: str
    good: str
    caution: str
    bad: str
    categories: tuple[str, ...] = CATEGORIES


LIGHT = Palette(
    paper="#FAF8F5",
    surface="#FFFFFF",
    ink="#1F2430",
    muted="#5B6270",
    line="#E4DFD7",
    accent="#0B7285",
    on_accent="#FFFFFF",
    baseline="#7B828E",
    good="#1B6E4B",
    caution="#9A5B00",
    bad="#B3261E",
)

DARK = Palette(
    paper="#14171C",
    surface="#1C2027",
    ink="#E7E5E0",
    muted="#A3A9B5",
    line="#2C323B",
    accent="#5CC1CC",
    on_accent="#0E1418",
    baseline="#8D95A3",
    good="#6FCF9F",
    caution="#F0B354",
    bad="#FF8A80",
    categories=("#3D9BDC", *CATEGORIES[1:]),
)


def palette(dark: bool) -> Palette:
    return DARK if dark else LIGHT


def mix(first: str, second: str, share: float) -> str:
    """The colour that lies `share` (0 to 1) of the way from the first to the second, as #RRGGBB."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def faint(colour: str, opacity: float) -> str:
    """The colour as a see-through rgba()."""
    red, green, blue = _channels(colour)
    return f"rgba({red},{green},{blue},{opacity})"


def contrast(first: str, second: str) -> float:
    """WCAG's contrast ratio of two colours, from 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_on(background: str, *choices: str) -> str:
    """The choice that stands out most from the background."""
    return max(choices, key=lambda colour: contrast(colour, background))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    parts = [c / 255 for c in _channels(colour)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
