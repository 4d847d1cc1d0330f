"""Bars from zero, or dots with intervals; where several stand under one label, each has its name beside it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor

import plotly.graph_objects as go

from core.cards import Bar, Bars, Number, Part
from core.charts.frame import PARTS, Style, blank, fit, note, pixels, safe, said, said_range, tick_format
from core.theme import mix

GAP, HEAD, ABOVE, CAMERA, EDGE = 14, 24, 20, 28, 16
"""Pixels. `EDGE`: room for half of the axis's first figure where no words stand to the left."""
ORDER: tuple[Part, ...] = ("model", "baseline", "reference")
Group = tuple[str, list[Bar]]


@dataclass(frozen=True)
class Layout:
    """Where words stand: a group's label as a head over its bars, a bar's name to its left or above it."""

    heads: bool
    above: bool
    left: int
    lane: int

    def height(self, groups: list[Group]) -> int:
        each = self.lane + (ABOVE if self.above else 0)
        return sum(len(bars) * each + GAP + (HEAD if self.heads else 0) for _, bars in groups)


def bars_figure(body: Bars, style: Style) -> go.Figure:
    groups = _grouped(body, style)
    place = _layout(groups, style)
    with_range = not style.narrow and any(bar.low is not None for bar in body.items)
    value_px = max((pixels(_value(bar, body, style, with_range)) for bar in body.items), default=0) + 20
    height = place.height(groups)
    camera = 4 if place.heads or place.above else CAMERA
    figure = blank(style, height, {"l": place.left or EDGE, "r": int(value_px), "t": camera, "b": 42})
    figure.update_yaxes(range=[height, 0], visible=False)
    figure.update_xaxes(
        range=_span(body), tickformat=tick_format(body.unit, style.language), nticks=5 if style.narrow else 7
    )
    figure.update_xaxes(title={"text": safe(body.axis.in_(style.language)), "font": {"size": 12}, "standoff": 8})
    figure.update_xaxes(title_font_color=style.palette.muted)
    top = 0.0
    for label, bars in groups:
        top += GAP / 2
        if place.heads:
            text = f"<b>{fit(label, style.px - 10)}</b>"
            note(figure, style, text, x=0, xref="paper", y=top + HEAD / 2, xanchor="left", xshift=-(place.left or EDGE))
            top += HEAD
        for bar in bars:
            top += _name(figure, style, name_of(bar, style.language) if place.heads else label, (top, place))
            middle = top + place.lane / 2
            _draw(figure, style, body, bar, middle)
            colour = style.palette.ink if bar.part == "model" else style.palette.muted
            value = _value(bar, body, style, with_range)
            note(figure, style, value, x=1, xref="paper", y=middle, xanchor="left", xshift=12, color=colour)
            top += place.lane
        top += GAP / 2
    return figure


def _layout(groups: list[Group], style: Style) -> Layout:
    heads = any(len(bars) > 1 for _, bars in groups)
    names = (
        [name_of(bar, style.language) for _, bars in groups for bar in bars]
        if heads
        else [label for label, _ in groups]
    )
    widest = max((pixels(name) for name in names), default=0) + 16
    above = style.narrow or widest > style.px * 0.4
    return Layout(heads, above, 0 if above else int(widest), 20 if above or len(groups) > 6 else 22)


def _name(figure: go.Figure, style: Style, name: str, place: tuple[float, Layout]) -> float:
    """Writes a bar's name and returns the height that it took above the bar."""
    top, layout = place
    colour = style.palette.muted if layout.heads else style.palette.ink
    if layout.above:
        words = fit(name, style.px - 10)
        note(figure, style, words, x=0, xref="paper", y=top + 12, xanchor="left", xshift=-EDGE, color=colour)
        return ABOVE
    text = fit(name, layout.left, lines=1)
    side = {"xanchor": "left", "xshift": -layout.left} if layout.heads else {"xanchor": "right", "xshift": -12}
    note(figure, style, text, x=0, xref="paper", y=top + layout.lane / 2, color=colour, **side)
    return 0


def name_of(bar: Bar | Number, language: str) -> str:
    """Who a bar of a group is."""
    own = bar.name if isinstance(bar, Bar) else None
    return (own or PARTS[bar.part]).in_(language)


def _grouped(body: Bars, style: Style) -> list[Group]:
    """Bars of one label together, the model's first."""
    grouped = groupby(body.items, lambda bar: bar.label.in_(style.language))
    return [(label, sorted(bars, key=lambda bar: ORDER.index(bar.part))) for label, bars in grouped]


def _value(bar: Bar, body: Bars, style: Style, with_range: bool) -> str:
    value = said(bar.value, body.unit, style.language)
    if with_range and bar.low is not None and bar.high is not None:
        apart = "（{}）" if style.language == "zh" else "  ({})"
        value += apart.format(said_range(bar.low, bar.high, body.unit, style.language, bar.value))
    return value


def are_dots(body: Bars) -> bool:
    """Estimates with intervals are dots on an axis that may start above zero; plain amounts are bars from zero."""
    return bool(body.items) and all(bar.low is not None for bar in body.items if bar.part == "model")


def _span(body: Bars) -> tuple[float, float]:
    values = [v for bar in body.items for v in (bar.value, bar.low, bar.high) if v is not None] or [0.0, 1.0]
    low, high = min(values), max(values)
    if not are_dots(body):
        low, high = min(low, 0.0), max(high, 0.0)
        return low * 1.04, 1.0 if body.unit == "share" and 0.6 < high <= 1 else high * 1.04 or 1.0
    if body.unit != "share":
        pad = (high - low) * 0.08 or abs(high) * 0.08 or 1.0
        return low - pad, high + pad
    step = 0.1 if high - low > 0.15 else 0.02
    return max(0.0, floor((low - 0.005) / step) * step), min(1.0, ceil((high + 0.005) / step) * step)


def _draw(figure: go.Figure, style: Style, body: Bars, bar: Bar, y: float) -> None:
    colour, dashed = style.part_colour(bar.part), bar.part == "baseline"
    colour = mix(colour, style.palette.surface, 0.45) if bar.part == "reference" else colour
    hover = f"{safe(bar.label.in_(style.language))}<br>{safe(name_of(bar, style.language))}: {_value(bar, body, style, True)}<extra></extra>"
    dots = are_dots(body)
    if not dots and not dashed:
        fill = {"color": colour, "cornerradius": 3, "line": {"width": 0}}
        figure.add_bar(x=[bar.value], y=[y], width=12, orientation="h", marker=fill, hovertemplate=hover)
    line = {"color": colour, "width": 2, "dash": "4px,3px" if dashed else "solid"}
    ends = (bar.low, bar.high) if bar.low is not None and bar.high is not None else (0.0, bar.value)
    if dots or dashed:
        ends = (bar.value, bar.value) if dots and bar.low is None else ends
        figure.add_scatter(x=ends, y=[y, y], mode="lines", line=line, hoverinfo="skip")
        edge = {"color": colour, "width": 2 if dashed else 0}
        marker = {"size": 9 if dashed else 11, "color": style.palette.surface if dashed else colour, "line": edge}
        figure.add_scatter(x=[bar.value], y=[y], mode="markers", marker=marker, hovertemplate=hover)
    elif bar.low is not None:
        figure.add_scatter(x=ends, y=[y, y], mode="lines", line={**line, "color": style.palette.ink}, hoverinfo="skip")
