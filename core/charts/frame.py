"""What every chart shares: its style, the empty figure, and text that fits."""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

from core.cards import Part, Unit
from core.theme import FONT, Palette, palette
from core.words import Text

Width = Literal["wide", "half", "narrow", "page"]

PARTS: dict[Part, Text] = {
    "model": Text("Model", "模型"),
    "baseline": Text("Simple method", "简单方法"),
    "reference": Text("For comparison", "对照"),
}
PX: dict[Width, int] = {"wide": 860, "half": 450, "narrow": 330, "page": 640}
"""Widths that text is fitted to; the browser stretches the chart to its place."""


@dataclass(frozen=True)
class Style:
    """Language, theme and width of one chart."""

    language: str
    dark: bool = False
    width: Width = "wide"

    @property
    def palette(self) -> Palette:
        return palette(self.dark)

    @property
    def narrow(self) -> bool:
        return self.width == "narrow"

    @property
    def px(self) -> int:
        return PX[self.width]

    def part_colour(self, part: Part) -> str:
        colours = self.palette
        return {"model": colours.accent, "baseline": colours.baseline, "reference": colours.muted}[part]


def blank(style: Style, height: int, margin: dict[str, int], alone: bool = True) -> go.Figure:
    """A figure without data. `alone` fills it with the card's surface, so that a saved PNG reads on any page."""
    colours = style.palette
    figure = go.Figure()
    figure.update_layout(
        template="none",
        height=height + margin.get("t", 0) + margin.get("b", 0),
        margin={"l": 0, "r": 0, "t": 0, "b": 0, "pad": 0, "autoexpand": False, **margin},
        paper_bgcolor=colours.surface if alone else "rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 13, "color": colours.ink},
        colorway=[colours.accent, *colours.categories],
        separators=".,",
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        hoverlabel={"bgcolor": colours.ink, "bordercolor": colours.ink, "font": {"color": colours.surface, "size": 13}},
        uirevision="kept",
        barmode="overlay",
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": colours.muted, "activecolor": colours.accent},
        bargap=0,
    )
    figure.update_xaxes(**_axis(style))
    figure.update_yaxes(**_axis(style))
    return figure


def _axis(style: Style) -> dict[str, object]:
    colours = style.palette
    return {
        "fixedrange": True,
        "zeroline": False,
        "showline": False,
        "gridcolor": colours.line,
        "gridwidth": 1,
        "tickfont": {"size": 12, "color": colours.muted},
        "ticks": "",
        "automargin": False,
    }


QUIET = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "responsive": True}
"""Plotly's configuration for miniatures and live curves."""


def config(file_name: str) -> dict[str, object]:
    """Plotly's configuration for a card: a mode bar with nothing but "save as PNG"."""
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "png", "filename": file_name, "scale": 3},
        "scrollZoom": False,
        "doubleClick": False,
        "responsive": True,
    }


def note(figure: go.Figure, style: Style, text: str, **place: object) -> None:
    """Puts words on the figure, in its own coordinates unless `xref` or `yref` says paper."""
    font = {"size": place.pop("size", 13), "color": place.pop("color", style.palette.ink)}
    figure.add_annotation(text=text, showarrow=False, font=font, **{"align": "left", **place})


def safe(text: str) -> str:
    """User text as plotly may show it: its markup is inert."""
    return html.escape(text, quote=False)


def pixels(text: str, size: float = 13) -> float:
    """About how wide the text is when drawn at this size."""
    return sum(size * _share_of_size(c) for c in text)


def _share_of_size(character: str) -> float:
    """A letter's width in Inter over the size of the type."""
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in "%…@mwMW":
        return 0.9
    return 0.68 if character.isupper() else 0.62 if character.isdigit() else 0.54


def fit(text: str, width: float, size: float = 13, lines: int = 1) -> str:
    """The text in at most so many lines of this width, safe for plotly; what does not fit ends in an ellipsis."""
    rest, done = " ".join(text.split()), list[str]()
    while rest and len(done) < lines:
        last = len(done) == lines - 1
        if pixels(rest, size) <= width:
            done.append(rest)
            break
        room = width - (pixels("…", size) if last else 0)
        cut = next((n for n in range(1, len(rest)) if pixels(rest[: n + 1], size) > room), len(rest))
        space = max(rest.rfind(mark, 0, cut + 1) for mark in (" ", "/", "-", "_", "、", "（"))
        if space > 2 and not last:
            cut = space + 1
        elif not last and rest.isascii() and rest.find(" ") in (cut + 1, cut + 2):
            cut = rest.find(" ")
        done.append(rest[:cut].rstrip() + ("…" if last else ""))
        rest = rest[cut:].lstrip()
    return "<br>".join(safe(line) for line in done)


def said(value: float, unit: Unit, language: str) -> str:
    """A figure as people read it: 84%, 0.4%, 1,835, 3 min 40 s."""
    if unit == "share":
        percent = value * 100
        near_edge = 0 < abs(percent) < 1 or 99 < abs(percent) < 100
        return f"{percent:.1f}%" if near_edge else f"{percent:.0f}%"
    if unit in _SAID:
        return _SAID[unit](value, language)
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")


def _money(value: float, language: str) -> str:
    """Three digits that count: 842, 12,400, 1.24 million / 124 万."""
    size, sign = float(f"{abs(value):.3g}"), "−" if value < 0 else ""
    if language == "zh" and size >= 1e8:
        return f"{sign}{size / 1e8:,.3g} 亿"
    if language == "zh" and size >= 1e5:
        return f"{sign}{size / 1e4:,.4g} 万"
    if language != "zh" and size >= 1e6:
        return f"{sign}{size / 1e6:,.3g} million"
    return f"{sign}{size:,.0f}" if size >= 100 else f"{sign}{size:,.4g}"


def _duration(seconds: float, language: str) -> str:
    zh = language == "zh"
    if seconds < 60:
        number = f"{seconds:.1f}".removesuffix(".0") if seconds < 10 else f"{seconds:.0f}"
        return f"{number} 秒" if zh else f"{number} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        (hours, "小时" if zh else "h"),
        (minutes, "分" if zh else "min"),
        (0 if hours else rest, "秒" if zh else "s"),
    ]
    return " ".join(f"{number} {name}" for number, name in parts if number)


_SAID: dict[str, Callable[[float, str], str]] = {
    "count": lambda value, _: f"{value:,.0f}",
    "points": lambda value, _: f"{value * 100:+.1f}".replace("-", "−"),
    "money": _money,
    "seconds": _duration,
}


def said_range(low: float, high: float, unit: Unit, language: str, beside: float | None = None) -> str:
    """An interval: 83–86%. Of plain numbers it takes as many decimals as the figure that it stands `beside`: 0.108 (0.096–0.122)."""
    first, last = said(low, unit, language), said(high, unit, language)
    if unit == "number" and beside and abs(beside) < 1000:
        decimals = max(0, 2 - math.floor(math.log10(abs(beside))))
        first, last = (f"{end:.{decimals}f}".replace("-", "−") for end in (low, high))
    if unit == "money":
        return f"{first} – {last}"
    return f"{first.removesuffix('%')}–{last}" if unit == "share" else f"{first}–{last}"


def tick_format(unit: Unit, language: str = "en") -> str:
    """Money in thousands as k; in Chinese, which counts in ten thousands, in full."""
    if unit == "money":
        return ",~f" if language == "zh" else "~s"
    return {"share": ".0%", "count": ",d", "seconds": ",.0f", "number": ",~g", "points": "+.1f"}[unit]
