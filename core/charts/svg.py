"""A figure of the house as SVG, for paper: no browser, no script, the same chart that the pages show.

Knows what the house's figures are made of (bars, lines, bands, dots, notes, plain linear axes) and nothing else of
plotly: another kind of trace raises TypeError, which a test over every kind of card would show.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from html.parser import HTMLParser
from typing import Any

import plotly.graph_objects as go

LINE_HEIGHT = 1.3
BASELINE = 0.35
"""How far below the middle of a line of type its baseline lies, over the size of the type."""
TEXT_PAD = 1
DOT_ROOM = 8
LEFT, MIDDLE, RIGHT = 0.0, 0.5, 1.0
ANCHORS = {LEFT: "start", MIDDLE: "middle", RIGHT: "end"}
PLACES = {"left": LEFT, "center": MIDDLE, "right": RIGHT, "top": LEFT, "middle": MIDDLE, "bottom": RIGHT}


def svg(figure: go.Figure, width: int, key: str, alt: str) -> str:
    """The figure, `width` pixels wide and as high as its layout says. `key` keeps ids apart where several SVGs share
    a page; `alt` is what a screen reader says. Raises TypeError for a trace that is neither bar nor scatter."""
    spec = figure.to_plotly_json()
    layout, frame = spec["layout"], _frame(spec["layout"], width)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_n(frame.height)}" role="img" '
        f'aria-label="{escape(alt)}" font-family="{escape(layout["font"]["family"])}" font-size="{layout["font"]["size"]}" '
        f'fill="{layout["font"]["color"]}">',
        f"<title>{escape(alt)}</title>",
        f'<clipPath id="{key}"><rect x="{_n(frame.left - DOT_ROOM)}" y="{_n(frame.top - DOT_ROOM)}" '
        f'width="{_n(frame.across + 2 * DOT_ROOM)}" height="{_n(frame.down + 2 * DOT_ROOM)}"/></clipPath>',
        *_axes(layout, frame),
        f'<g clip-path="url(#{key})">',
    ]
    texts: list[str] = []
    for trace in spec["data"]:
        if trace["type"] not in DRAWN:
            raise TypeError(f"a {trace['type']} trace has no SVG")
        parts += DRAWN[trace["type"]](trace, frame, texts)
    parts += ["</g>", *texts]
    parts += [_annotation(note, layout, frame) for note in layout.get("annotations", ())]
    return "".join([*parts, "</svg>"])


@dataclass(frozen=True)
class _Frame:
    """Where the plot lies in the picture, and its ranges."""

    left: float
    top: float
    across: float
    down: float
    height: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        low, high = self.x_range
        return self.left + (value - low) / ((high - low) or 1) * self.across

    def y(self, value: float) -> float:
        low, high = self.y_range
        return self.top + self.down - (value - low) / ((high - low) or 1) * self.down


def _frame(layout: dict[str, Any], width: int) -> _Frame:
    margin, height = layout["margin"], layout["height"]
    return _Frame(
        margin["l"],
        margin["t"],
        width - margin["l"] - margin["r"],
        height - margin["t"] - margin["b"],
        height,
        _range(layout["xaxis"]),
        _range(layout["yaxis"]),
    )


def _range(axis: dict[str, Any]) -> tuple[float, float]:
    low, high = axis.get("range") or (0.0, 1.0)
    return float(low), float(high)


# --- axes --------------------------------------------------------------------------------------------------------


def _axes(layout: dict[str, Any], frame: _Frame) -> Iterator[str]:
    for name, axis, said in (("x", layout["xaxis"], frame.x), ("y", layout["yaxis"], frame.y)):
        if axis.get("visible") is False:
            continue
        for value in ticks(_range(axis), axis.get("nticks") or 7):
            yield from _tick(name, axis, frame, (said(value), tick_words(value, axis.get("tickformat") or "")))
    title = layout["xaxis"].get("title", {})
    if title.get("text") and layout["xaxis"].get("visible") is not False:
        font, below = title.get("font", {}), frame.top + frame.down
        size = font.get("size", 12)
        look = _Look(size, font.get("color"), False)
        yield _text(_lines(title["text"], look), frame.left + frame.across / 2, below + 30 + size / 2, MIDDLE, MIDDLE)


def _tick(name: str, axis: dict[str, Any], frame: _Frame, at: tuple[float, str]) -> Iterator[str]:
    place, words = at
    look = _Look(axis["tickfont"]["size"], axis["tickfont"]["color"], False)
    apart = axis.get("ticklabelstandoff", 0)
    if axis.get("showgrid", True):
        ends = (place, frame.top, place, frame.top + frame.down)
        if name == "y":
            ends = (frame.left, place, frame.left + frame.across, place)
        x1, y1, x2, y2 = (_n(end) for end in ends)
        yield f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{axis["gridcolor"]}"/>'
    if name == "x":
        yield _text([[(words, look)]], place, frame.top + frame.down + 11 + apart, MIDDLE, MIDDLE)
    else:
        yield _text([[(words, look)]], frame.left - 4 - apart, place, RIGHT, MIDDLE)


def ticks(span: tuple[float, float], most: int) -> list[float]:
    """Round values inside the span (in either direction), at most so many."""
    low, high = sorted(span)
    if high <= low:
        return [low]
    rough = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * part for part in (1, 2, 5, 10) if power * part >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]


def tick_words(value: float, form: str) -> str:
    """A tick's words under one of the formats that the house uses."""
    value = 0.0 if abs(value) < 1e-12 else value
    if form.endswith("%"):
        said = f"{value * 100:.{form[1]}f}%"
    elif form == "~s":
        said = _with_prefix(value)
    elif form == "+.1f":
        said = f"{value:+.1f}"
    elif form in (",d", ",.0f"):
        said = f"{value:,.0f}"
    else:
        said = f"{value:,.6g}"
    return said.replace("-", "−")


def _with_prefix(value: float) -> str:
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{sign}"
    return f"{value:.4g}"


# --- traces ------------------------------------------------------------------------------------------------------


def _bar(trace: dict[str, Any], frame: _Frame, texts: list[str]) -> Iterator[str]:
    flat = trace.get("orientation") == "h"
    xs, ys = _numbers(trace["x"]), _numbers(trace["y"])
    count = len(xs)
    bases, widths = _each(trace.get("base", 0.0), count), _each(trace.get("width", 0.8), count)
    marker = trace["marker"]
    fills = _each(marker.get("color"), count)
    for n, (x, y, base, wide) in enumerate(zip(xs, ys, bases, widths, strict=True)):
        if x is None or y is None:
            continue
        across = (frame.x(base), frame.x(base + x)) if flat else (frame.x(x - wide / 2), frame.x(x + wide / 2))
        up = (frame.y(y - wide / 2), frame.y(y + wide / 2)) if flat else (frame.y(base), frame.y(base + y))
        (left, right), (top, bottom) = sorted(across), sorted(up)
        radius = min(marker.get("cornerradius") or 0, (right - left) / 2, (bottom - top) / 2)
        yield (
            f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(right - left)}" height="{_n(bottom - top)}" '
            f'rx="{_n(radius)}" {_paint("fill", fills[n])}/>'
        )
        if trace.get("text"):
            font = trace["insidetextfont"]
            look = _Look(font["size"], _each(font["color"], count)[n], False)
            texts.append(_text(_lines(trace["text"][n], look), (left + right) / 2, (top + bottom) / 2, MIDDLE, MIDDLE))


def _scatter(trace: dict[str, Any], frame: _Frame, _: list[str]) -> Iterator[str]:
    pairs = zip(_numbers(trace["x"]), _numbers(trace["y"]), strict=True)
    points = [(frame.x(x), frame.y(y)) for x, y in pairs if x is not None and y is not None]
    if not points:
        return
    path = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    line, mode = trace.get("line", {}), trace.get("mode", "lines")
    if trace.get("fill") == "toself":
        yield f'<polygon points="{path}" {_paint("fill", trace["fillcolor"])}/>'
    if "lines" in mode and line.get("width", 2):
        dash = re.findall(r"[\d.]+", line.get("dash", ""))
        dashes = f' stroke-dasharray="{" ".join(dash)}"' if dash else ""
        yield (
            f'<polyline points="{path}" fill="none" {_paint("stroke", line.get("color"))} '
            f'stroke-width="{line.get("width", 2)}" stroke-linejoin="round"{dashes}/>'
        )
    if "markers" in mode:
        marker = trace["marker"]
        edge, colour = marker.get("line", {}), marker.get("color", line.get("color"))
        ring = f' {_paint("stroke", edge["color"])} stroke-width="{edge["width"]}"' if edge.get("width") else ""
        for x, y in points:
            yield f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(marker["size"] / 2)}" {_paint("fill", colour)}{ring}/>'


DRAWN: dict[str, Callable[[dict[str, Any], _Frame, list[str]], Iterator[str]]] = {"bar": _bar, "scatter": _scatter}


def _numbers(values: Any) -> list[float | None]:
    return [None if v is None or not math.isfinite(v) else float(v) for v in values]


def _each(value: Any, count: int) -> list[Any]:
    """One value for each mark."""
    many = not isinstance(value, str) and hasattr(value, "__len__")
    return list(value) if many else [value] * count


def _paint(what: str, colour: str | None) -> str:
    seen = re.fullmatch(r"rgba\((\d+),\s*(\d+),\s*(\d+),\s*([\d.]+)\)", colour or "none")
    if not seen:
        return f'{what}="{escape(colour or "none")}"'
    red, green, blue, opacity = seen.groups()
    return f'{what}="#{int(red):02X}{int(green):02X}{int(blue):02X}" {what}-opacity="{opacity}"'


# --- words -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Look:
    size: float
    colour: str | None
    bold: bool


_Lines = list[list[tuple[str, _Look]]]


class _Markup(HTMLParser):
    """The little markup that the house's own figures use: <b>, <br>, and a span with a colour or a size."""

    def __init__(self, look: _Look) -> None:
        super().__init__(convert_charrefs=True)
        self.looks, self.lines = [look], [[]]  # type: tuple[list[_Look], _Lines]

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.lines.append([])
            return
        look = self.looks[-1]
        style = dict(attrs).get("style") or ""
        size = re.search(r"font-size:\s*([\d.]+)px", style)
        colour = re.search(r"(?:^|;)\s*color:\s*(#[0-9A-Fa-f]{6})", style)
        self.looks.append(
            replace(
                look,
                bold=look.bold or tag == "b",
                size=float(size[1]) if size else look.size,
                colour=colour[1] if colour else look.colour,
            )
        )

    def handle_endtag(self, tag: str) -> None:
        if tag != "br" and len(self.looks) > 1:
            self.looks.pop()

    def handle_data(self, data: str) -> None:
        self.lines[-1].append((data, self.looks[-1]))


def _lines(markup: str, look: _Look) -> _Lines:
    reader = _Markup(look)
    reader.feed(markup)
    reader.close()
    return reader.lines


def _text(lines: _Lines, x: float, y: float, across: float, up: float) -> str:
    """Words with the point (x, y) at `across` of their width and `up` of their height, from the left and the top."""
    heights = [max((look.size for _, look in line), default=13) * LINE_HEIGHT for line in lines]
    top, said = y - sum(heights) * up, []
    for line, height in zip(lines, heights, strict=True):
        biggest = max((look.size for _, look in line), default=13)
        baseline = top + height / 2 + biggest * BASELINE
        runs = "".join(_run(words, look) for words, look in line)
        said.append(f'<text x="{_n(x)}" y="{_n(baseline)}" text-anchor="{ANCHORS[across]}">{runs}</text>')
        top += height
    return "".join(said)


def _run(words: str, look: _Look) -> str:
    colour = f' fill="{look.colour}"' if look.colour else ""
    weight = ' font-weight="600"' if look.bold else ""
    return f'<tspan font-size="{_n(look.size)}"{colour}{weight}>{escape(words, quote=False)}</tspan>'


def _annotation(note: dict[str, Any], layout: dict[str, Any], frame: _Frame) -> str:
    font = note.get("font", {})
    look = _Look(font.get("size", layout["font"]["size"]), font.get("color"), False)
    on_paper = (note.get("xref") == "paper", note.get("yref") == "paper")
    x = frame.left + note["x"] * frame.across if on_paper[0] else frame.x(note["x"])
    y = frame.top + (1 - note["y"]) * frame.down if on_paper[1] else frame.y(note["y"])
    across = PLACES.get(note.get("xanchor", "auto"), _auto(note["x"]) if on_paper[0] else MIDDLE)
    up = PLACES.get(note.get("yanchor", "auto"), 1 - _auto(note["y"]) if on_paper[1] else MIDDLE)
    x += note.get("xshift", 0) + (TEXT_PAD if across == LEFT else -TEXT_PAD if across == RIGHT else 0)
    y -= note.get("yshift", 0) - (TEXT_PAD if up == LEFT else -TEXT_PAD if up == RIGHT else 0)
    return _text(_lines(note["text"], look), x, y, across, up)


def _auto(place: float) -> float:
    return LEFT if place < 1 / 3 else RIGHT if place > 2 / 3 else MIDDLE


def _n(value: float) -> str:
    """A coordinate with two digits, none that says nothing."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
