"""Curves with their names beside them, and the points that matter with their words."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from core.cards import Line, Lines, Unit
from core.charts.frame import Style, blank, fit, note, pixels, safe, tick_format
from core.theme import faint

HEIGHT = {"wide": 300, "half": 300, "narrow": 260, "page": 250}
POINTS = 400
OTHERS = {"baseline": "6px,4px", "reference": "2px,4px"}
STROKES = ("solid", "11px,4px", "3px,3px")
"""Of several models' curves in turn, so that one that lies on another does not hide it."""


@dataclass(frozen=True)
class Box:
    """The chart's ranges, to measure distances in pixels."""

    x: tuple[float, float]
    y: tuple[float, float]
    width: float
    height: float

    def at(self, x: float, y: float) -> np.ndarray:
        across = (x - self.x[0]) / ((self.x[1] - self.x[0]) or 1) * self.width
        up = (y - self.y[0]) / ((self.y[1] - self.y[0]) or 1) * self.height
        return np.array([across, up])


def lines_figure(body: Lines, style: Style) -> go.Figure:
    x_range, y_range = _range(body, "x", body.x_unit), _range(body, "y", body.y_unit)
    height = HEIGHT[style.width]
    in_full = body.y_unit == "money" and style.language == "zh"
    left = 48 if body.y_unit == "share" else 76 if in_full else 58
    figure = blank(style, height, {"l": left, "r": 24, "t": 34, "b": 50})
    figure.update_xaxes(
        range=x_range, tickformat=tick_format(body.x_unit, style.language), nticks=5 if style.narrow else 9
    )
    figure.update_xaxes(title={"text": safe(body.x_axis.in_(style.language)), "standoff": 8}, ticklabelstandoff=6)
    figure.update_xaxes(title_font={"size": 12, "color": style.palette.muted}, showgrid=False)
    figure.update_yaxes(
        range=y_range, tickformat=tick_format(body.y_unit, style.language), nticks=6, ticklabelstandoff=6
    )
    note(
        figure,
        style,
        safe(body.y_axis.in_(style.language)),
        x=0,
        xref="paper",
        xshift=-left,
        xanchor="left",
        y=1,
        yref="paper",
        yanchor="bottom",
        yshift=12,
        size=12,
        color=style.palette.muted,
    )
    colours = _colours(body, style)
    for line, colour, stroke in zip(body.lines, colours, _strokes(body), strict=True):
        _draw(figure, body, line, {"color": colour, "dash": stroke}, style)
    box = Box(x_range, y_range, style.px - left - 24, height)
    _labels(figure, body, style, box, colours)
    return figure


def _range(body: Lines, axis: str, unit: Unit) -> tuple[float, float]:
    values = [v for line in body.lines for v in getattr(line, axis)] + [getattr(mark, axis) for mark in body.marks]
    if axis == "y":
        values += [v for line in body.lines for v in line.low]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if axis == "y":
        widest = max((v for line in body.lines for v in line.high), default=high)
        high = max(high, min(widest, high + (high - low) * 0.3))
    if unit == "share" and high <= 1 and high - min(low, 0) > 0.5:
        return min(0.0, low), 1.0 if axis == "x" else 1.03
    if axis == "x":
        return low, high if high > low else low + 1
    floor = 0.0 if 0 <= low < 0.4 * high else low - (high - low) * 0.1
    return floor, high + ((high - floor) * 0.1 or 1.0)


def _colours(body: Lines, style: Style) -> list[str]:
    """The model in accent; several models in the categories' colours; baseline and reference in grey."""
    models = [line for line in body.lines if line.part == "model"]
    names = {id(line): style.palette.categories[n % 6] for n, line in enumerate(models)} if len(models) > 1 else {}
    return [names.get(id(line), style.part_colour(line.part)) for line in body.lines]


def _strokes(body: Lines) -> list[str]:
    turns = (STROKES[n % len(STROKES)] for n in itertools.count())
    return [next(turns) if line.part == "model" else OTHERS[line.part] for line in body.lines]


def _draw(figure: go.Figure, body: Lines, line: Line, pen: dict[str, str], style: Style) -> None:
    step = max(1, len(line.x) // POINTS)
    x = [*line.x[::step], line.x[-1]] if line.x else []
    if line.low and line.high:
        band = [*line.high[::step], line.high[-1], line.low[-1], *line.low[::step][::-1]]
        figure.add_scatter(
            x=[*x, *x[::-1]],
            y=band,
            fill="toself",
            fillcolor=faint(pen["color"], 0.14),
            line={"width": 0},
            hoverinfo="skip",
            mode="lines",
        )
    name = safe(line.name.in_(style.language))
    few = len(x) <= 20 and line.part != "reference"
    figure.add_scatter(
        x=x,
        y=[*line.y[::step], line.y[-1]] if line.y else [],
        mode="lines+markers" if few else "lines",
        line=pen | {"width": 2.5 if line.part == "model" else 2},
        marker={"size": 6},
        hovertemplate=f"{name}<br>{safe(body.x_axis.in_(style.language))}: %{{x:{tick_format(body.x_unit)}}}<br>"
        f"{safe(body.y_axis.in_(style.language))}: %{{y:{_fine(body.y_unit)}}}<extra></extra>",
        hoverinfo="skip" if line.part == "reference" else None,
    )


def _fine(unit: Unit) -> str:
    return ".1%" if unit == "share" else tick_format(unit)


def _labels(figure: go.Figure, body: Lines, style: Style, box: Box, colours: list[str]) -> None:
    """Each name and mark where it has the most room, marks first. A curve alone needs no name."""
    paths = [_path(line, box) for line in body.lines]
    taken: list[np.ndarray] = [box.at(mark.x, mark.y)[None] for mark in body.marks]
    for mark in body.marks:
        _drop_lines(figure, mark.x, mark.y, box, style)
        text = fit(mark.label.in_(style.language), min(230, box.width * 0.56), lines=4)
        at = box.at(mark.x, mark.y)
        near = [at + np.array([0, step]) for step in (0, 24, 48, 80, 120, -24, -48)]
        taken.append(np.concatenate([_between(at, (at[0], 0.0)), _between(at, (0.0, at[1]))]))
        spot = _roomiest(near, text, box, paths + taken, gap=12)
        _lead(figure, at, spot, box, style)
        taken.append(_write(figure, style, text, spot, box))
    for line, path, colour in zip(body.lines, paths, colours, strict=True):
        if len(path) < 2 or not line.name.en or len(body.lines) == 1:
            continue
        text = fit(line.name.in_(style.language), min(200, box.width * 0.5), lines=2)
        anchors = [path[int(n)] for n in np.linspace(0.08, 0.97, 12) * (len(path) - 1)]
        spot = _roomiest(anchors, text, box, paths + taken, gap=9)
        taken.append(_write(figure, style, f'<span style="color:{colour}">●</span> {text}', spot, box))


def _between(start: np.ndarray, end: tuple[float, float]) -> np.ndarray:
    return np.linspace(start, np.array(end), 30)


def _path(line: Line, box: Box) -> np.ndarray:
    """Points along the line in pixels, evenly dense."""
    if not line.x:
        return np.empty((0, 2))
    points = np.array([box.at(x, y) for x, y in zip(line.x, line.y, strict=True)])
    across = np.linspace(points[0, 0], points[-1, 0], 60)
    return np.column_stack([across, np.interp(across, points[:, 0], points[:, 1])])


def _roomiest(
    anchors: list[np.ndarray], text: str, box: Box, others: list[np.ndarray], gap: float
) -> tuple[float, ...]:
    """Left, bottom, width and height of the text's place near an anchor that is farthest from everything else."""
    lines = text.split("<br>")
    width, height = max(pixels(line, 12) for line in lines) + 16, 17.0 * len(lines)
    points = np.concatenate([o for o in others if len(o)]) if any(len(o) for o in others) else np.empty((0, 2))
    best, spot = -np.inf, (0.0, 0.0, width, height)
    for far, anchor in enumerate(anchors if len(anchors) < 9 else [*anchors[6:], *anchors[:6]]):
        for left, bottom in (
            (-width / 2, gap),
            (-width / 2, -gap - height),
            (gap, -height / 2),
            (-gap - width, -height / 2),
            (4, gap),
            (4, -gap - height),
            (-4 - width, gap),
            (-4 - width, -gap - height),
        ):
            x, y = anchor[0] + left, anchor[1] + bottom
            outside = max(0, -x) + max(0, x + width - box.width) + max(0, -y) + max(0, y + height - box.height)
            off = np.maximum(0, np.abs(points - [x + width / 2, y + height / 2]) - [width / 2, height / 2])
            near = np.hypot(off[:, 0], off[:, 1])
            score = (
                min(float(near.min()) if len(near) else 40.0, 6.0) - 3 * int((near < 3).sum()) - 5 * outside - 0.8 * far
            )
            if score > best:
                best, spot = score, (x, y, width, height)
    return spot


def _write(figure: go.Figure, style: Style, text: str, spot: tuple[float, ...], box: Box) -> np.ndarray:
    left, bottom, width, height = spot
    note(
        figure,
        style,
        text,
        x=box.x[0] + left / box.width * (box.x[1] - box.x[0]),
        xanchor="left",
        size=12,
        y=box.y[0] + bottom / box.height * (box.y[1] - box.y[0]),
        yanchor="bottom",
        yshift=-3,
    )
    grid = np.meshgrid(np.linspace(left, left + width, 8), np.linspace(bottom, bottom + height, 4))
    return np.column_stack([axis.ravel() for axis in grid])


def _lead(figure: go.Figure, at: np.ndarray, spot: tuple[float, ...], box: Box, style: Style) -> None:
    """A thin line from a mark to its words where they had to move away."""
    left, bottom, width, height = spot
    end = np.array([np.clip(at[0], left, left + width), np.clip(at[1], bottom - 2, bottom + height + 2)])
    if np.hypot(*(end - at)) < 24:
        return
    x, y = zip(at, end, strict=True)
    figure.add_scatter(
        x=[box.x[0] + v / box.width * (box.x[1] - box.x[0]) for v in x],
        y=[box.y[0] + v / box.height * (box.y[1] - box.y[0]) for v in y],
        mode="lines",
        line={"color": style.palette.ink, "width": 1},
        hoverinfo="skip",
    )


def _drop_lines(figure: go.Figure, x: float, y: float, box: Box, style: Style) -> None:
    thin = {"color": style.palette.muted, "width": 1, "dash": "2px,3px"}
    figure.add_scatter(x=[x, x, box.x[0]], y=[box.y[0], y, y], mode="lines", line=thin, hoverinfo="skip")
    marker = {"size": 12, "color": style.palette.ink, "line": {"color": style.palette.surface, "width": 2}}
    figure.add_scatter(x=[x], y=[y], mode="markers", marker=marker, hoverinfo="skip")
