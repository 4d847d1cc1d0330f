"""Confusion matrices and words by class."""

from __future__ import annotations

import plotly.graph_objects as go

from core.cards import Matrix, Words
from core.charts.frame import Style, blank, fit, note, pixels, safe, said
from core.theme import contrast, faint, mix, readable_on
from core.words import Text

ACTUAL = Text("Actual", "实际")
GIVEN = Text("Model says", "模型判为")
CELL_HOVER = Text(
    "{count} of {total} rows that are “{actual}” ({share}) were taken for “{given}”",
    "实际为“{actual}”的 {total} 行中，{count} 行（{share}）被判为“{given}”",
)
RIGHT_HOVER = Text(
    "{count} of {total} rows that are “{actual}” ({share}) were recognised",
    "实际为“{actual}”的 {total} 行中，{count} 行（{share}）判对",
)
ROWS = Text("{count} rows", "{count} 行")
CELL_PX = 46
"""Least width of a matrix cell; a page scrolls a matrix that needs more than it has."""


def matrix_width(body: Matrix, language: str) -> int:
    """The least width in pixels at which every number of the matrix is readable."""
    return _label_px(body, Style(language, width="narrow")) + CELL_PX * len(body.classes)


def _label_px(body: Matrix, style: Style) -> int:
    widest = max((pixels(name) for name in body.names(style.language)), default=0)
    return int(max(72, min(widest, 96 if style.narrow else 190))) + 14


def matrix_figure(body: Matrix, style: Style) -> go.Figure:
    """One bar a cell, so that a click selects it: point j of trace i is row i, column j (also as `customdata`)."""
    count, many = len(body.classes), len(body.classes) > 6
    left, cell = _label_px(body, style), 42 if many else 62 if style.narrow else 72
    across = max(CELL_PX, (style.px - left) / max(count, 1))
    head_size = 11 if many else 12
    names = body.names(style.language)
    head = [fit(name, across - 2, head_size, lines=3) for name in names]
    top = 32 + 16 * max((text.count("<br>") + 1 for text in head), default=1)
    figure = blank(style, cell * count, {"l": left, "r": 2, "t": top, "b": 4})
    figure.update_xaxes(range=[-0.5, count - 0.5], visible=False)
    figure.update_yaxes(range=[cell * count, 0], visible=False)
    figure.update_layout(clickmode="event+select")
    for i, row in enumerate(body.counts):
        _row(figure, body, i, row, (cell, style))
    for j, text in enumerate(head):
        note(figure, style, text, x=j, y=1, yref="paper", yanchor="bottom", yshift=4, align="center", size=head_size)
    for i, name in enumerate(names):
        total = ROWS.in_(style.language).format(count=said(body.total(i), "count", style.language))
        text = fit(name, left - 16, lines=1 if many else 2)
        text += f'<br><span style="font-size:11px;color:{style.palette.muted}">{total}</span>'
        note(figure, style, text, x=0, xref="paper", xanchor="left", xshift=-left, y=(i + 0.5) * cell)
    given, actual = GIVEN.in_(style.language), ACTUAL.in_(style.language)
    high = {"y": 1, "yref": "paper", "yanchor": "bottom", "size": 11, "color": style.palette.muted, "xref": "paper"}
    note(figure, style, f"{given} →", x=0, xanchor="left", yshift=top - 20, xshift=4, **high)
    note(figure, style, f"{actual} ↓", x=0, xanchor="left", yshift=4, xshift=-left, **high)
    return figure


def _row(figure: go.Figure, body: Matrix, i: int, row: tuple[int, ...], look: tuple[int, Style]) -> None:
    cell, style = look
    names, colours, total = body.names(style.language), style.palette, max(body.total(i), 1)
    shares = [value / total for value in row]
    fills = [mix(mix(colours.surface, colours.line, 0.45), colours.accent, share**0.8) for share in shares]
    inks = [ink(fill, style) for fill in fills]
    size, small = (12, 11) if len(row) > 6 else (15, 12)
    said_counts = [said(value, "count", style.language) for value in row]
    said_shares = [said(share, "share", style.language) for share in shares]
    texts = [
        f'<b>{n}</b><br><span style="font-size:{small}px">{s}</span>' if n != "0" else "0"
        for n, s in zip(said_counts, said_shares, strict=True)
    ]
    hovers = [
        (RIGHT_HOVER if i == j else CELL_HOVER)
        .in_(style.language)
        .format(
            count=said_counts[j],
            total=said(body.total(i), "count", style.language),
            share=said_shares[j],
            actual=safe(names[i]),
            given=safe(names[j]),
        )
        for j in range(len(row))
    ]
    same = {"marker": {"opacity": 1}}
    figure.add_bar(
        x=list(range(len(row))),
        y=[cell - 4] * len(row),
        base=[i * cell + 2] * len(row),
        width=0.96 if len(row) > 6 else 0.98,
        marker={"color": fills, "cornerradius": 5, "line": {"width": 0}},
        selected=same,
        unselected=same,
        text=texts,
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        constraintext="none",
        insidetextfont={"color": inks, "size": size},
        customdata=[[i, j] for j in range(len(row))],
        hovertext=hovers,
        hovertemplate="%{hovertext}<extra></extra>",
    )


def ink(fill: str, style: Style) -> str:
    """The theme's own ink where it reads well on the fill, else black or white, one of which always does."""
    best = readable_on(fill, style.palette.ink, style.palette.on_accent)
    return best if contrast(best, fill) >= 4.5 else readable_on(fill, "#000000", "#FFFFFF")


def outline(figure: go.Figure, cell: tuple[int, int], style: Style) -> go.Figure:
    """The matrix with one cell (row, column) framed."""
    high = (figure.layout.yaxis.range[0]) / max(len(figure.data), 1)
    i, j = cell
    figure.add_shape(
        type="rect",
        x0=j - 0.49,
        x1=j + 0.49,
        y0=i * high + 2,
        y1=(i + 1) * high - 2,
        layer="above",
        line={"color": style.palette.ink, "width": 3},
    )
    return figure


def words_figure(body: Words, style: Style) -> go.Figure:
    """A column a class: the words over bars as long as their weight."""
    columns = 1 if style.narrow else min(4 if len(body.classes) > 3 else 3, max(len(body.classes), 1))
    most = 6 if style.narrow else 8
    line, bands = 28, range(0, len(body.classes), columns)
    rows = [max(len(words[:most]) for _, words in body.classes[at : at + columns]) for at in bands]
    tops = [sum(30 + line * n + 18 for n in rows[:band]) for band in range(len(rows) + 1)]
    figure = blank(style, tops[-1], {"l": 0, "r": 0, "t": 0, "b": 0})
    figure.update_xaxes(range=[0, columns], visible=False)
    figure.update_yaxes(range=[tops[-1], 0], visible=False)
    room = style.px / columns * 0.94
    for n, (title, words) in enumerate(body.classes):
        left, top = n % columns, tops[n // columns]
        note(
            figure,
            style,
            f"<b>{fit(title.in_(style.language), room * 0.9, 13)}</b>",
            x=left,
            y=top + 14,
            xanchor="left",
        )
        shown = words[:most]
        middle = [top + 30 + line * (k + 0.5) for k in range(len(shown))]
        figure.add_bar(
            x=[max(weight, 0.01) * 0.94 for _, weight in shown],
            base=[left] * len(shown),
            y=middle,
            width=22,
            orientation="h",
            marker={"color": faint(style.palette.accent, 0.24), "cornerradius": 4, "line": {"width": 0}},
            hovertext=[f"{safe(word)}: {said(weight, 'share', style.language)}" for word, weight in shown],
            hovertemplate="%{hovertext}<extra></extra>",
        )
        for y, (word, _) in zip(middle, shown, strict=True):
            note(figure, style, fit(word, room - 16), x=left, y=y, xanchor="left", xshift=8)
    return figure
