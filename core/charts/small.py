"""Charts without a card: the live training curve and the miniatures of a data profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from core.cards import Unit
from core.charts.frame import PARTS, Style, blank, fit, note, pixels, said, tick_format
from core.theme import faint, mix
from core.words import Text, same

CURVES = {
    "validation": Text("Right answers on validation rows", "验证行上的准确率"),
    "loss": Text("Loss: how far off the model is, lower is better", "损失：模型与正确答案的差距，越低越好"),
}
ROUND = Text("Round", "轮次")
Point = tuple[float, float]


def training_figure(curves: Mapping[str, Sequence[Point]], baseline: float | None, style: Style) -> go.Figure:
    """One panel a curve, the baseline dashed in the one on validation rows. Ranges grow only when a point needs it."""
    names = [name for name in ("validation", *curves) if curves.get(name)]
    names = list(dict.fromkeys(names)) or ["validation"]
    panel, gap = (150 if style.narrow else 190), 50
    figure = blank(style, panel * len(names) + gap * (len(names) - 1), {"l": 46, "r": 16, "t": 30, "b": 40})
    whole = panel * len(names) + gap * (len(names) - 1)
    for n, name in enumerate(names):
        top = 1 - n * (panel + gap) / whole
        points = list(curves.get(name, ()))
        _panel(figure, style, (name, points, baseline if name == "validation" else None), (n, top, top - panel / whole))
    figure.update_xaxes(title={"text": ROUND.in_(style.language), "standoff": 6}, selector=-1)
    figure.update_xaxes(title_font={"size": 12, "color": style.palette.muted})
    return figure


def _panel(figure: go.Figure, style: Style, data: tuple[str, list[Point], float | None], place: tuple[int, float, float]) -> None:
    (name, points, baseline), (n, top, bottom) = data, place
    suffix, share = ("" if n == 0 else str(n + 1)), name == "validation"
    values = [y for _, y in points] + ([baseline] if baseline is not None else [])
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    low, high = (max(0.0, low - 0.05), min(1.0, high + 0.05)) if share else (0.0, high * 1.1 or 1.0)
    last_x = max([x for x, _ in points] or [1.0])
    axis = {**figure.layout.yaxis.to_plotly_json(), "domain": [max(bottom, 0), top], "range": [low, high], "nticks": 5}
    figure.layout[f"yaxis{suffix}"] = {**axis, "tickformat": ".0%" if share else tick_format("number"),
                                       "ticklabelstandoff": 6, "anchor": f"x{suffix}"}
    across = {**figure.layout.xaxis.to_plotly_json(), "range": [0, last_x * 1.02], "showgrid": False, "nticks": 6}
    across["showticklabels"] = bottom <= 0.001
    figure.layout[f"xaxis{suffix}"] = {**across, "anchor": f"y{suffix}"}
    axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    title = CURVES.get(name, same(name)).in_(style.language)
    note(figure, style, title, x=0, xref="paper", xshift=-46, xanchor="left", y=top, yref="paper", yanchor="bottom",
         yshift=10, size=12, color=style.palette.muted)
    if baseline is not None:
        dashed = {"color": style.palette.baseline, "width": 2, "dash": "6px,4px"}
        figure.add_scatter(x=[0, last_x * 1.02], y=[baseline] * 2, mode="lines", line=dashed, hoverinfo="skip", **axes)
        text = f"{PARTS['baseline'].in_(style.language)} {said(baseline, 'share', style.language)}"
        under = not points or points[-1][1] > baseline
        note(figure, style, text, x=last_x * 1.02, xanchor="right", y=baseline, yanchor="top" if under else "bottom",
             size=12, color=style.palette.muted, xref=axes["xaxis"], yref=axes["yaxis"])
    if points:
        _curve(figure, style, points, share, {**axes, "above": baseline is None or points[-1][1] >= baseline})


def _curve(figure: go.Figure, style: Style, points: list[Point], share: bool, place: dict[str, Any]) -> None:
    above, axes = place["above"], {key: place[key] for key in ("xaxis", "yaxis")}
    colour = style.palette.accent if share else style.palette.muted
    x, y = zip(*points[:: max(1, len(points) // 300)], strict=True)
    unit: Unit = "share" if share else "number"
    figure.add_scatter(x=x, y=y, mode="lines+markers" if len(x) <= 20 else "lines", line={"color": colour, "width": 2.5},
                       marker={"size": 7}, hovertemplate=f"%{{y:{'.1%' if share else '.3~g'}}}<extra></extra>", **axes)
    text = f"<b>{said(points[-1][1], unit, style.language)}</b>"
    note(figure, style, text, x=points[-1][0], y=points[-1][1], xanchor="right", yanchor="bottom" if above else "top", yshift=8 if above else -8,
         xref=axes["xaxis"], yref=axes["yaxis"])


def mini_bars(counts: Sequence[tuple[str, int]], style: Style, most: int = 6) -> go.Figure:
    """How often each value occurs, the commonest first, with its name over the bar and its share beside it."""
    total = sum(count for _, count in counts) or 1
    shown = sorted(counts, key=lambda pair: -pair[1])[:most]
    rest = total - sum(count for _, count in shown)
    if rest > 0:
        others = Text("{n} others", "其他 {n} 种").in_(style.language).format(n=len(counts) - len(shown))
        shown = [*shown, (others, rest)]
    figure = blank(style, 28 * len(shown), {"r": 52}, alone=False)
    figure.update_xaxes(range=[0, max((count for _, count in shown), default=1)], visible=False)
    figure.update_yaxes(range=[28 * len(shown), 0], visible=False)
    for n, (name, count) in enumerate(shown):
        middle = 28 * n + 14
        figure.add_bar(x=[count], y=[middle], width=22, orientation="h", hovertemplate=f"{count:,}<extra></extra>",
                       marker={"color": faint(style.palette.accent, 0.24), "cornerradius": 4, "line": {"width": 0}})
        note(figure, style, fit(name, 220), x=0, xanchor="left", xshift=8, y=middle)
        note(figure, style, said(count / total, "share", style.language), x=1, xref="paper", xanchor="right", xshift=52,
             y=middle, color=style.palette.muted)
    return figure


def mini_histogram(edges: Sequence[float], counts: Sequence[int], style: Style, unit: str = "") -> go.Figure:
    """A distribution in miniature: bars between the edges, the first and last edge said under them."""
    figure = blank(style, 72, {"b": 22, "l": 2, "r": 2, "t": 2}, alone=False)
    middles = [(a + b) / 2 for a, b in pairwise(edges)]
    widths = [(b - a) * 0.92 for a, b in pairwise(edges)]
    colour = mix(style.palette.surface, style.palette.accent, 0.55)
    hovers = [f"{a:,.4g}–{b:,.4g}{unit}: {n:,}" for a, b, n in zip(edges, edges[1:], counts, strict=False)]
    figure.add_bar(x=middles, y=list(counts), width=widths, marker={"color": colour, "line": {"width": 0}, "cornerradius": 2},
                   hovertext=hovers, hovertemplate="%{hovertext}<extra></extra>")
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    for x, value, anchor in ((0, edges[0], "left"), (1, edges[-1], "right")) if edges else ():
        text = f"{value:,.4g}{unit}"
        note(figure, style, fit(text, pixels(text) + 9), x=x, xref="paper", xanchor=anchor, y=0, yref="paper", yanchor="top",
             size=12, color=style.palette.muted)
    return figure


def signed_bars(reasons: Sequence[tuple[str, float]], style: Style) -> go.Figure:
    """What speaks for an answer (to the right, in accent) and against it (to the left, in caution), words beside them."""
    line = 30
    figure = blank(style, line * len(reasons), {"l": 0, "r": 0, "t": 0, "b": 0}, alone=False)
    most = max((abs(weight) for _, weight in reasons), default=0) or 1.0
    against = any(weight < 0 for _, weight in reasons)
    figure.update_xaxes(range=[-1 if against else 0, 1], visible=False)
    figure.update_yaxes(range=[line * len(reasons), 0], visible=False)
    for n, (word, weight) in enumerate(reasons):
        colour, middle = style.palette.accent if weight >= 0 else style.palette.caution, line * (n + 0.5)
        figure.add_bar(x=[weight / most], y=[middle], width=22, orientation="h", hoverinfo="skip",
                       marker={"color": faint(colour, 0.26), "cornerradius": 4, "line": {"width": 0}})
        side = {"xanchor": "left", "xshift": 8} if weight >= 0 else {"xanchor": "right", "xshift": -8}
        sign = "+" if weight >= 0 else "−"
        room = style.px * (0.45 if against else 0.9)
        note(figure, style, f'<span style="color:{colour}">{sign}</span> {fit(word, room)}', x=0, y=middle, **side)
    return figure
