"""A chart without a card: the reasons for an answer."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.charts.frame import Style, blank, fit, note, pixels
from core.theme import mix

LANE = 30
PANEL_PX = {"wide": 430, "half": 300, "narrow": 300}
"""How wide the place of an answer is; the names get at most three fifths of it."""


def signed_bars(reasons: Sequence[tuple[str, float]], style: Style, warning: bool = False) -> go.Figure:
    """What speaks for an answer (to the right, in accent) and against it (to the left, in caution), names before them.
    `warning` swaps the colours, for answers of which more is worse."""
    half, height = PANEL_PX[style.width] * 3 // 5, LANE * len(reasons)
    names = [fit(f"{'+' if weight >= 0 else '−'} {what}", half) for what, weight in reasons]
    left = min(half, int(max((pixels(what) for what, _ in reasons), default=0)) + 34)
    figure = blank(style, height, {"l": left, "r": 2, "t": 0, "b": 0}, alone=False)
    most = max((abs(weight) for _, weight in reasons), default=0) or 1.0
    against = any(weight < 0 for _, weight in reasons)
    figure.update_xaxes(range=[-1.02 if against else 0, 1.02], showgrid=False, showticklabels=False)
    figure.update_xaxes(zeroline=True, zerolinecolor=style.palette.muted, zerolinewidth=1)
    figure.update_yaxes(range=[height, 0], visible=False)
    for n, (name, (_, weight)) in enumerate(zip(names, reasons, strict=True)):
        colour = style.palette.accent if (weight >= 0) != warning else style.palette.caution
        middle = LANE * (n + 0.5)
        bar = {"color": mix(colour, style.palette.surface, 0.2), "cornerradius": 3, "line": {"width": 0}}
        figure.add_bar(x=[weight / most], y=[middle], width=12, orientation="h", hoverinfo="skip", marker=bar)
        note(figure, style, name, x=0, xref="paper", y=middle, xanchor="left", xshift=-left)
    return figure
