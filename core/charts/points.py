"""A map of many small things, the largest groups in colours of their own and named where they lie."""

from __future__ import annotations

from collections import Counter

import numpy as np
import plotly.graph_objects as go

from core.cards import Points
from core.charts.frame import Style, blank, fit, note, pixels, safe
from core.theme import faint

HEIGHT = {"wide": 460, "half": 460, "narrow": 340, "page": 400}
MOST = 10_000
MANY = 2_000
"""Points from which the browser draws them on its graphics card; fewer are drawn so that paper and a saved picture hold them."""
NAMED = {"wide": 14, "half": 9, "narrow": 7, "page": 12}
LABEL = 90


def points_figure(body: Points, style: Style) -> go.Figure:
    """The six largest groups in the categories' colours, the others in grey; names where they do not cover another."""
    height = HEIGHT[style.width]
    figure = blank(style, height, {"l": 8, "r": 8, "t": 8, "b": 8})
    figure.update_xaxes(visible=False, range=[-0.04, 1.04])
    figure.update_yaxes(visible=False, range=[-0.04, 1.06])
    rows = np.linspace(0, len(body.x) - 1, min(len(body.x), MOST)).astype(int) if body.x else np.zeros(0, dtype=int)
    group = np.array(body.group, dtype=int)[rows]
    largest = [number for number, _ in Counter(group.tolist()).most_common()]
    colour = {number: style.palette.categories[place] for place, number in enumerate(largest[:6])}
    draw = figure.add_scattergl if len(rows) > MANY and style.width != "page" else figure.add_scatter
    for number in largest[::-1]:
        own = rows[group == number]
        name = safe(body.groups[number].in_(style.language))
        draw(
            x=[body.x[row] for row in own],
            y=[body.y[row] for row in own],
            mode="markers",
            marker={
                "size": 6,
                "color": faint(colour.get(number, style.palette.muted), 0.7 if number in colour else 0.3),
            },
            text=[fit(body.labels[row], 300, lines=3) for row in own],
            hovertemplate=f"<b>{name}</b><br>%{{text}}<extra></extra>",
        )
    _names(figure, body, style, [(number, rows[group == number]) for number in largest], colour)
    return figure


def _names(
    figure: go.Figure, body: Points, style: Style, groups: list[tuple[int, np.ndarray]], colour: dict[int, str]
) -> None:
    taken: list[tuple[float, float, float]] = []
    for number, own in groups:
        if len(taken) >= NAMED[style.width]:
            return
        x, y = (float(np.median([axis[row] for row in own])) for axis in (body.x, body.y))
        text = fit(body.groups[number].in_(style.language), LABEL * 2)
        half = pixels(text, 12) / style.px / 2 + 0.01
        x = min(max(x, half), 1 - half)
        if any(abs(x - other) < half + wide and abs(y - up) < 22 / HEIGHT[style.width] for other, up, wide in taken):
            continue
        taken.append((x, y, half))
        back = faint(style.palette.surface, 0.82)
        shown = colour.get(number, style.palette.muted)
        note(
            figure, style, f'<span style="color:{shown}">●</span> {text}', x=x, y=y, size=12, bgcolor=back, borderpad=2
        )
