"""Pictures of explored data: spreads, lines over time, and where two things meet."""

from __future__ import annotations

import plotly.graph_objects as go

from core.charts.bars import bars_figure
from core.charts.frame import Style, blank, fit, note, pixels, safe, said, tick_format
from core.charts.grids import ink
from core.theme import faint, mix
from core.views import Crossed, Picture, Spread, Timeline
from core.words import Text

HEIGHT = {"wide": 320, "half": 320, "narrow": 260}
CELL_PX, SQUARE_PX = 56, 20
MIDDLE = Text("middle", "中位数")


def picture_figure(picture: Picture, style: Style) -> go.Figure:
    """The picture drawn."""
    if isinstance(picture, Spread):
        return spread_figure(picture, style)
    if isinstance(picture, Timeline):
        return timeline_figure(picture, style)
    if isinstance(picture, Crossed):
        return crossed_figure(picture, style)
    return bars_figure(picture, style)


def crossed_width(picture: Crossed, language: str) -> int:
    """The least width in pixels at which every number is readable; a page scrolls what needs more than it has."""
    cell = 14 if picture.ordered else CELL_PX
    return _left(picture, Style(language, width="narrow")) + cell * len(picture.columns)


def _plain(style: Style, picture: Spread | Timeline, left: int = 62) -> go.Figure:
    figure = blank(style, HEIGHT[style.width], {"l": left, "r": 18, "t": 34, "b": 44})
    figure.update_xaxes(showgrid=False, nticks=5 if style.narrow else 9, ticklabelstandoff=6)
    figure.update_yaxes(nticks=6, ticklabelstandoff=6, rangemode="tozero")
    axis = {"x": 0, "xref": "paper", "xshift": -left, "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "bottom"}
    words = fit(picture.axis.in_(style.language), style.px - 20, 12)
    note(figure, style, words, **axis, yshift=12, size=12, color=style.palette.muted)
    return figure


def spread_figure(picture: Spread, style: Style) -> go.Figure:
    figure = _plain(style, picture)
    starts, ends, rows = zip(*picture.bins, strict=True)
    single = all(abs(high - low - 1) < 1e-9 and (low * 2) % 2 == 1 for low, high, _ in picture.bins)
    names = [
        f"{(low + high) / 2:,.0f}" if single else f"{said(low, 'number', 'en')} – {said(high, 'number', 'en')}"
        for low, high, _ in picture.bins
    ]
    figure.add_bar(
        x=[(low + high) / 2 for low, high, _ in picture.bins],
        y=list(rows),
        width=[(high - low) * 0.94 for low, high, _ in picture.bins],
        marker={"color": style.palette.accent, "line": {"width": 0}},
        customdata=names,
        hovertemplate="%{customdata}: %{y:,d}<extra></extra>",
    )
    figure.update_xaxes(range=[starts[0], ends[-1]], tickformat=",~g")
    figure.update_yaxes(tickformat=tick_format("count"))
    if picture.middle is not None and starts[0] <= picture.middle <= ends[-1]:
        figure.add_vline(picture.middle, line={"color": style.palette.ink, "width": 1, "dash": "2px,3px"})
        words = f"{MIDDLE.in_(style.language)} {said(picture.middle, 'number', style.language)}"
        right = picture.middle > starts[0] + 0.7 * (ends[-1] - starts[0])
        side = {"xanchor": "right", "xshift": -6} if right else {"xanchor": "left", "xshift": 6}
        note(figure, style, words, x=picture.middle, y=1, yref="paper", yanchor="top", size=12, **side)
    return figure


def timeline_figure(picture: Timeline, style: Style) -> go.Figure:
    many = len(picture.lines) > 1
    figure = _plain(style, picture)
    colours = style.palette.categories if many else (style.palette.accent,)
    few = len(picture.times) <= 40
    for place, (name, values) in enumerate(picture.lines):
        colour = colours[place % len(colours)]
        label = safe(name.in_(style.language))
        figure.add_scatter(
            x=list(picture.times),
            y=list(values),
            mode="lines+markers" if few else "lines",
            name=fit(name.in_(style.language), 180, 12),
            line={"color": colour, "width": 2},
            marker={"size": 5},
            fill=None if many else "tozeroy",
            fillcolor=faint(colour, 0.12),
            connectgaps=False,
            hovertemplate=f"%{{x}}<br>{label}: %{{y:{'.3~g' if picture.unit == 'number' else ',d'}}}<extra></extra>",
        )
    there = [value for _, line in picture.lines for value in line if value is not None]
    if there and min(there) > 0.6 * max(there):
        figure.update_yaxes(rangemode="normal")
        figure.update_traces(fill=None)
    figure.update_xaxes(type="date", hoverformat="%Y-%m-%d %H:%M" if " " in (picture.times or ("",))[0] else "%Y-%m-%d")
    figure.update_xaxes(tickformatstops=_stops(style.language))
    figure.update_yaxes(tickformat="~s" if picture.unit == "number" else tick_format("count"))
    if many:
        legend = {"orientation": "h", "y": -0.16, "yanchor": "top", "x": 0, "font": {"size": 12}, "itemclick": False}
        lines = -(-sum(int(pixels(name.in_(style.language), 12)) + 60 for name, _ in picture.lines) // style.px)
        bottom = 52 + 22 * lines
        figure.update_layout(showlegend=True, legend=legend, margin={"b": bottom})
        figure.update_layout(height=HEIGHT[style.width] + 34 + bottom)
    return figure


def _stops(language: str) -> list[dict[str, object]]:
    """How the time axis is lettered, from hours to years."""
    zh = language == "zh"
    day, month = 86_400_000, "M1"
    return [
        {"dtickrange": [None, day - 1], "value": "%H:%M\n%-m月%-d日" if zh else "%H:%M\n%-d %b"},
        {"dtickrange": [day, month], "value": "%-m月%-d日\n%Y" if zh else "%-d %b\n%Y"},
        {"dtickrange": [month, "M11"], "value": "%-m月\n%Y" if zh else "%b\n%Y"},
        {"dtickrange": ["M12", None], "value": "%Y"},
    ]


def _left(picture: Crossed, style: Style) -> int:
    widest = max((pixels(name, 12) for name in picture.rows), default=0)
    return int(max(56, min(widest + 16, 110 if style.narrow else 220)))


def crossed_figure(picture: Crossed, style: Style) -> go.Figure:
    """A cell for every meeting; the deeper the colour the more. Signed figures have a colour for each sign."""
    left, colours = _left(picture, style), style.palette
    across = (style.px - left) / max(len(picture.columns), 1)
    cell = SQUARE_PX if picture.ordered else 38
    lettered = not picture.ordered
    heads = [fit(name, max(across - 4, CELL_PX - 6), 12, lines=2) for name in picture.columns]
    top = (26 if picture.ordered else 30 + 16 * max((head.count("<br>") + 1 for head in heads), default=1)) + 18
    figure = blank(style, cell * len(picture.rows), {"l": left, "r": 4, "t": top, "b": 40 if picture.ordered else 6})
    empty, full = mix(colours.surface, colours.line, 0.45), colours.accent
    scale = [[0.0, colours.bad], [0.5, empty], [1.0, full]] if picture.signed else [[0.0, empty], [1.0, full]]
    flat = [value for row in picture.values for value in row if value is not None]
    low = -1 if picture.signed else _lightest(picture, flat)
    high = 1 if picture.signed else max(flat, default=1.0) or 1.0
    texts = [[_cell(value, picture, style.language) for value in row] for row in picture.values]
    figure.add_heatmap(
        z=[list(row) for row in picture.values],
        colorscale=scale,
        zmin=low,
        zmax=high,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverongaps=False,
        text=texts,
        customdata=[[f"{safe(a)} × {safe(b)}" for b in picture.columns] for a in picture.rows],
        hovertemplate="%{customdata}: %{text}<extra></extra>",
    )
    rows, columns = len(picture.rows), len(picture.columns)
    if lettered:
        fills = [
            _fill(value, (low, high), (colours.bad, empty, full), picture.signed)
            for row in picture.values
            for value in row
        ]
        figure.add_scatter(
            x=[k for _ in range(rows) for k in range(columns)],
            y=[k for k in range(rows) for _ in range(columns)],
            mode="text",
            text=[text for row in texts for text in row],
            textfont={"size": 12, "color": [ink(fill, style) if fill else colours.muted for fill in fills]},
            hoverinfo="skip",
            showlegend=False,
        )
    figure.update_xaxes(visible=False, range=[-0.5, columns - 0.5])
    figure.update_yaxes(visible=False, range=[-0.5, rows - 0.5] if picture.ordered else [rows - 0.5, -0.5])
    _letters(figure, picture, style, (left, heads))
    return figure


def _fill(value: float | None, ends: tuple[float, float], colours: tuple[str, str, str], signed: bool) -> str | None:
    """The colour that the scale gives the cell."""
    if value is None:
        return None
    negative, empty, full = colours
    if signed:
        return mix(empty, full if value >= 0 else negative, min(abs(value), 1.0))
    low, high = ends
    return mix(empty, full, min(max((value - low) / ((high - low) or 1.0), 0.0), 1.0))


def _lightest(picture: Crossed, values: list[float]) -> float:
    """Counts are as light as nothing; other figures begin a little below their lowest, so that they can be told apart."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    return min(0.0, low) if picture.unit == "count" else low - 0.25 * (high - low)


def _cell(value: float | None, picture: Crossed, language: str) -> str:
    if value is None:
        return "–"
    return f"{round(value, 2) + 0.0:.2f}" if picture.signed else said(value, picture.unit, language)


def _letters(figure: go.Figure, picture: Crossed, style: Style, place: tuple[int, list[str]]) -> None:
    left, heads = place
    every = max(1, -(-len(picture.rows) // 9)) if picture.ordered else 1
    for k, name in enumerate(picture.rows[::every]):
        text = fit(_low_end(name) if picture.ordered else name, left - 10, 12)
        note(figure, style, text, x=0, xref="paper", xanchor="left", xshift=-left, y=k * every, size=12)
    if picture.ordered:
        step = max(1, -(-len(picture.columns) // (4 if style.narrow else 8)))
        for k in range(0, len(picture.columns), step):
            text = safe(_low_end(picture.columns[k]))
            note(figure, style, text, x=k, y=0, yref="paper", yanchor="top", yshift=-4, align="center", size=12)
    else:
        for k, head in enumerate(heads):
            note(figure, style, head, x=k, y=1, yref="paper", yanchor="bottom", yshift=4, align="center", size=12)
    down, right = picture.row_title.in_(style.language), picture.column_title.in_(style.language)
    if down and right:
        words = fit(f"{down} ↓  {right} →", style.px - 10, 12)
        if picture.ordered:
            words = fit(f"{down} ↑  {right} →", style.px - 10, 12)
        high = {"y": 1, "yref": "paper", "yanchor": "bottom", "size": 12, "color": style.palette.muted}
        top = figure.layout.margin.t
        note(figure, style, words, x=0, xref="paper", xanchor="left", xshift=-left, yshift=top - 20, **high)


def _low_end(name: str) -> str:
    return name.split(" – ", maxsplit=1)[0]
