"""Bars from zero, or dots with intervals, the baseline in dashed grey under the model."""

from __future__ import annotations

from itertools import groupby
from math import ceil, floor

import plotly.graph_objects as go

from core.cards import Bar, Bars, Part
from core.charts.frame import PARTS, Style, blank, fit, note, pixels, safe, said, said_range, tick_format
from core.theme import mix

GAP, LABEL = 14, 22
ORDER: tuple[Part, ...] = ("model", "reference", "baseline")


def bars_figure(body: Bars, style: Style) -> go.Figure:
    groups = [(label, sorted(group, key=lambda bar: ORDER.index(bar.part))) for label, group in _grouped(body, style)]
    label_px = max((pixels(label) for label, _ in groups), default=0) + 16
    above = style.narrow or label_px > style.px * 0.4
    with_range = not above and any(bar.low is not None for bar in body.items)
    value_px = max((pixels(_value(bar, body, style, with_range)) for bar in body.items), default=0) + 20
    parts = [part for part in ORDER if any(bar.part == part for bar in body.items)]
    lane = 20 if len(groups) > 6 and not above else 22
    height = sum(len(bars) * lane + GAP + (LABEL if above else 0) for _, bars in groups)
    margin = {"l": 2 if above else int(label_px), "r": int(value_px), "t": 30 if len(parts) > 1 else 26, "b": 42}
    figure = blank(style, height, margin)
    low, high = _span(body)
    figure.update_yaxes(range=[height, 0], visible=False)
    figure.update_xaxes(range=[low, high], tickformat=tick_format(body.unit), nticks=5 if style.narrow else 7)
    figure.update_xaxes(title={"text": safe(body.axis.in_(style.language)), "font": {"size": 12}, "standoff": 8})
    figure.update_xaxes(title_font_color=style.palette.muted)
    if len(parts) > 1:
        _key(figure, style, parts)
    top = 0
    for label, bars in groups:
        top += GAP // 2
        if above:
            note(figure, style, fit(label, style.px - 10), x=0, xref="paper", y=top + 10, xanchor="left")
            top += LABEL
        else:
            text = fit(label, label_px, lines=1)
            note(figure, style, text, x=0, xref="paper", y=top + lane / 2, xanchor="right", xshift=-12)
        for bar in bars:
            _draw(figure, style, body, bar, top + lane / 2)
            value = _value(bar, body, style, with_range)
            colour = style.palette.muted if bar.part == "baseline" else style.palette.ink
            note(figure, style, value, x=1, xref="paper", y=top + lane / 2, xanchor="left", xshift=12, color=colour)
            top += lane
        top += GAP - GAP // 2
    return figure


def _grouped(body: Bars, style: Style) -> list[tuple[str, list[Bar]]]:
    return [(label, list(group)) for label, group in groupby(body.items, lambda bar: bar.label.in_(style.language))]


def _value(bar: Bar, body: Bars, style: Style, with_range: bool) -> str:
    value = said(bar.value, body.unit, style.language)
    if with_range and bar.low is not None and bar.high is not None:
        apart = "（{}）" if style.language == "zh" else "  ({})"
        value += apart.format(said_range(bar.low, bar.high, body.unit, style.language))
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
    hover = f"{safe(bar.label.in_(style.language))}<br>{_part(bar, style)}: {_value(bar, body, style, True)}<extra></extra>"
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


def _part(bar: Bar, style: Style) -> str:
    return PARTS[bar.part].in_(style.language)


def _key(figure: go.Figure, style: Style, parts: list[Part]) -> None:
    """One line above the chart that says which mark is which."""
    signs = {"model": "●", "reference": "•", "baseline": "○"}
    said_parts = [
        f'<span style="color:{style.part_colour(part)}">{signs[part]}</span> {PARTS[part].in_(style.language)}' for part in parts
    ]
    text = "     ".join(said_parts)
    note(figure, style, text, x=0, xref="paper", y=1, yref="paper", xanchor="left", yanchor="bottom", yshift=6,
         size=12, color=style.palette.muted)
