"""A chart without a card: the reasons for an answer."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.charts.frame import Style, blank, fit, note
from core.theme import faint


def signed_bars(reasons: Sequence[tuple[str, float]], style: Style, warning: bool = False) -> go.Figure:
    """What speaks for an answer (to the right, in accent) and against it (to the left, in caution), words beside them.
    `warning` swaps the colours, for answers of which more is worse."""
    line = 30
    figure = blank(style, line * len(reasons), {"l": 0, "r": 0, "t": 0, "b": 0}, alone=False)
    most = max((abs(weight) for _, weight in reasons), default=0) or 1.0
    against = any(weight < 0 for _, weight in reasons)
    figure.update_xaxes(range=[-1 if against else 0, 1], visible=False)
    figure.update_yaxes(range=[line * len(reasons), 0], visible=False)
    for n, (word, weight) in enumerate(reasons):
        colour = style.palette.accent if (weight >= 0) != warning else style.palette.caution
        middle = line * (n + 0.5)
        figure.add_bar(
            x=[weight / most],
            y=[middle],
            width=22,
            orientation="h",
            hoverinfo="skip",
            marker={"color": faint(colour, 0.26), "cornerradius": 4, "line": {"width": 0}},
        )
        side = {"xanchor": "left", "xshift": 8} if weight >= 0 else {"xanchor": "right", "xshift": -8}
        sign = "+" if weight >= 0 else "−"
        room = style.px * (0.45 if against else 0.9)
        note(figure, style, f'<span style="color:{colour}">{sign}</span> {fit(word, room)}', x=0, y=middle, **side)
    return figure
