"""Charts: what a reader must be able to see, whatever the classes are called and wherever it is drawn."""

from __future__ import annotations

import itertools
from dataclasses import replace
from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest

from core import charts
from core.cards import (
    Bar,
    Bars,
    Body,
    Facts,
    Line,
    Lines,
    Mark,
    Matrix,
    Number,
    Numbers,
    Points,
    Rows,
    Words,
)  # fmt: skip
from core.charts.exploring import crossed_figure
from core.charts.frame import Style, fit, pixels, tick_format
from core.charts.grids import matrix_width
from core.charts.svg import svg, tick_words, ticks
from core.theme import DARK, LIGHT, contrast, mix, palette
from core.views import Crossed
from core.words import Text, same

THREE = Matrix(("negative", "neutral", "positive"), ((1699, 104, 32), (196, 354, 70), (61, 0, 352)))
LONG = (
    "物流配送速度",
    "客服态度与专业程度",
    "退换货流程是否顺畅以及退款到账时间",
    "价格",
    "包装",
    "尺码",
    "色差",
    "赠品",
    "维修",
    "描述",
    "其他",
)
TWELVE = Matrix((*LONG, "<b>Tricky & co</b>"), tuple(tuple(90 if i == j else i for j in range(12)) for i in range(12)))
BARS = Bars(
    tuple(
        bar
        for name, ours, theirs in (("negative", 0.9, 0.88), ("neutral", 0.66, 0.59))
        for bar in (Bar(same(name), ours, ours - 0.02, ours + 0.02), Bar(same(name), theirs, part="baseline"))
    ),
    Text("F1", "F1 值"),
)
COUNTS = Bars((Bar(same("a"), 12), Bar(same("b"), 5)), Text("Rows", "行数"), "count")
LINES = Lines(
    (
        Line(Text("Model", "模型"), (0.0, 0.5, 1.0), (0.0, 0.02, 0.16), (0.0, 0.01, 0.14), (0.01, 0.03, 0.18)),
        Line(Text("Simple method", "简单方法"), (0.0, 1.0), (0.02, 0.24), part="baseline"),
    ),
    Text("Automatic", "自动处理"),
    Text("Errors", "错误率"),
    marks=(Mark(0.5, 0.02, Text("half can be automatic", "一半可自动处理")),),
)
WORDS = Words(((same("negative"), (("cancelled", 1.0), ("hours", 0.5))), (same("positive"), (("thanks", 1.0),))))
POINTS = Points(
    tuple(place / 9 for place in range(10)),
    tuple((place * 7 % 10) / 9 for place in range(10)),
    tuple(place % 3 for place in range(10)),
    (same("tea"), same("茶具"), Text("others", "其他")),
    tuple(f"<b>tea</b> {place}" for place in range(10)),
)
BODIES: list[Body] = [THREE, TWELVE, BARS, COUNTS, LINES, POINTS, WORDS]


def words_of(figure: go.Figure) -> str:
    return "\n".join(note.text for note in figure.layout.annotations)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    ("language", "dark", "width"), itertools.product(("en", "zh"), (False, True), ("wide", "narrow", "page"))
)
def test_every_body_draws_in_both_languages_themes_and_widths(
    body: Body, language: str, dark: bool, width: charts.Width
) -> None:
    figure = charts.figure(body, language, dark, width)
    colours = palette(dark)
    assert figure.layout.font.color == colours.ink
    assert figure.layout.colorway[0] == colours.accent
    assert not figure.layout.showlegend
    assert figure.layout.height > 40


@pytest.mark.parametrize("body", [Numbers(()), Facts(()), Rows(())])
def test_what_is_no_chart_is_refused(body: Body) -> None:
    assert not charts.is_chart(body)
    with pytest.raises(TypeError):
        charts.figure(body, "en")


@pytest.mark.parametrize("dark", [False, True])
def test_numbers_in_a_matrix_can_be_read_on_every_shade(dark: bool) -> None:
    """Measured over cells of every share from 0 to 100%."""
    body = Matrix(("a", "b"), tuple((n, 100 - n) for n in range(101))[:2])
    for share in range(0, 101, 5):
        body = Matrix(("a", "b"), ((share, 100 - share), (0, 1)))
        bar = charts.figure(body, "en", dark).data[0]
        for fill, ink in zip(bar.marker.color, bar.insidetextfont.color, strict=True):
            assert contrast(fill, ink) >= 4.5


def test_a_matrix_cell_says_count_and_row_share() -> None:
    cells = charts.figure(THREE, "en").data[0].text
    assert "1,699" in cells[0]
    assert "93%" in cells[0]


def test_a_part_of_a_matrix_gives_shares_of_all_rows_of_a_class() -> None:
    part = Matrix(("a", "b"), ((6, 2), (0, 5)), totals=(10, 5))
    figure = charts.figure(part, LIGHT)
    assert "60%" in figure.data[0].text[0]
    assert "of 10" in figure.data[0].hovertext[0]
    assert any("10 rows" in str(one.text) for one in figure.layout.annotations)


def test_a_click_on_a_matrix_can_be_traced_to_its_row_and_column() -> None:
    figure = charts.figure(THREE, "en")
    assert [list(pair) for pair in figure.data[1].customdata] == [[1, 0], [1, 1], [1, 2]]
    assert figure.layout.clickmode == "event+select"


def test_the_chosen_cell_is_framed_where_it_stands() -> None:
    style = charts.Style("en")
    framed = charts.outline(charts.figure(THREE, "en"), (1, 2), style).layout.shapes[0]
    bar = charts.figure(THREE, "en").data[1]
    assert framed.x0 < 2 < framed.x1
    assert framed.y0 <= bar.base[2]
    assert framed.y1 >= bar.base[2] + bar.y[2]


def test_a_users_markup_is_shown_and_not_obeyed() -> None:
    figure = charts.figure(TWELVE, "zh")
    assert "<b>Tricky" not in words_of(figure)
    assert "&lt;b&gt;" in words_of(figure)


def test_classes_are_called_as_the_reader_calls_them() -> None:
    titles = (Text("Bad", "差"), Text("Middling", "一般"), Text("Good", "好"))
    body = Matrix(THREE.classes, THREE.counts, titles)
    figure = charts.figure(body, "zh")
    assert "差" in words_of(figure)
    assert "negative" not in words_of(figure)
    assert "差" in figure.data[0].hovertext[0]
    assert charts.numbers_table(body, "zh").columns[1:].tolist() == ["差", "一般", "好"]
    assert "Good" in words_of(charts.figure(Words(((titles[2], (("thanks", 1.0),)),)), "en"))


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_bars_of_one_label_have_their_names_beside_them_the_model_first(width: charts.Width) -> None:
    bars = (
        Bar(same("Right"), 0.4, 0.3, 0.5, "reference", Text("Always the commonest", "一律猜最常见的")),
        Bar(same("Right"), 0.7, 0.6, 0.8, "baseline", Text("Counting words", "统计词频")),
        Bar(same("Right"), 0.8, 0.7, 0.9, "model", Text("Your model", "您的模型")),
    )
    figure = charts.figure(Bars(bars, same("share")), "en", width=width)
    names = [n.text for n in sorted(figure.layout.annotations, key=lambda n: n.y) if n.x == 0]
    assert names == ["<b>Right</b>", "Your model", "Counting words", "Always the commonest"]


def test_the_first_figure_of_an_axis_has_room_where_no_names_stand_beside_it() -> None:
    long = Bars(
        tuple(Bar(same(f"Boosted trees with pairs of numbers {n}"), 0.7, 0.69, 0.75) for n in "ab"), same("AUC")
    )
    figure = charts.figure(long, "en", False, "narrow")
    assert figure.layout.margin.l >= pixels("70%") / 2
    assert {note.xshift for note in figure.layout.annotations if note.x == 0} == {-figure.layout.margin.l}


def test_a_matrix_of_many_classes_asks_for_room_instead_of_shrinking() -> None:
    assert matrix_width(TWELVE, "zh") > matrix_width(THREE, "zh") + 300


def test_the_baseline_is_dashed_and_grey_and_the_model_is_not() -> None:
    lines = [
        trace for trace in charts.figure(LINES, "en").data if trace.mode and "lines" in trace.mode and trace.line.width
    ]
    model = next(trace for trace in lines if trace.line.color == LIGHT.accent)
    baseline = next(trace for trace in lines if trace.line.color == LIGHT.baseline)
    assert model.line.dash == "solid"
    assert baseline.line.dash != "solid"


def test_models_whose_curves_lie_on_each_other_both_show() -> None:
    named = tuple(replace(LINES.lines[0], name=same(name)) for name in "ABC")
    figure = charts.figure(Lines(named, LINES.x_axis, LINES.y_axis), "en")
    drawn = [trace.line for trace in figure.data if "lines" in (trace.mode or "") and trace.line.width]
    assert len({line.dash for line in drawn}) == len({line.color for line in drawn}) == 3


def test_estimates_are_dots_and_amounts_are_bars_from_zero() -> None:
    dots, bars = charts.figure(BARS, "en"), charts.figure(COUNTS, "en")
    assert dots.layout.xaxis.range[0] > 0.4
    assert not [trace for trace in dots.data if trace.type == "bar"]
    assert bars.layout.xaxis.range[0] == 0
    assert [trace.type for trace in bars.data] == ["bar", "bar"]


def test_curves_are_named_beside_them_and_marks_keep_their_words() -> None:
    said = words_of(charts.figure(LINES, "zh", width="narrow"))
    for word in ("模型", "简单方法", "一半可自动处理"):
        assert word in said.replace("<br>", "")


def test_names_of_curves_do_not_lie_on_each_other() -> None:
    figure = charts.figure(LINES, "en")
    notes = [n for n in figure.layout.annotations if n.xref != "paper"]
    spots = [(n.x, n.y) for n in notes]
    assert all(abs(a[0] - b[0]) > 0.05 or abs(a[1] - b[1]) > 0.01 for a, b in itertools.combinations(spots, 2))


@pytest.mark.parametrize("text", ["Flight attendant complaints", "退换货流程是否顺畅以及退款到账时间", "a" * 80])
def test_text_fits_its_place_and_says_that_it_was_cut(text: str) -> None:
    lines = fit(text, 60, lines=2).split("<br>")
    assert len(lines) <= 2
    assert all(pixels(line) <= 60 * 1.2 for line in lines)
    assert lines[-1].endswith("…")


def test_short_text_is_left_alone() -> None:
    assert fit("neutral", 100) == "neutral"


def test_the_mode_bar_only_saves_a_picture() -> None:
    assert charts.config("matrix")["modeBarButtons"] == [["toImage"]]
    assert charts.config("matrix")["toImageButtonOptions"]["filename"] == "matrix"


def test_figures_read_as_people_say_them() -> None:
    assert charts.said(0.8416, "share", "en") == "84%"
    assert charts.said(0.004, "share", "en") == "0.4%"
    assert charts.said(0.996, "share", "en") == "99.6%"
    assert charts.said(1835, "count", "zh") == "1,835"
    assert charts.said(220, "seconds", "en") == "3 min 40 s"
    assert charts.said(220, "seconds", "zh") == "3 分 40 秒"
    assert charts.said_range(0.83, 0.855, "share", "en") == "83–86%"
    assert charts.said_range(0.0962, 0.1224, "number", "en", 0.108) == "0.096–0.122"
    assert charts.said_range(-1.5, 12, "number", "zh", 5.25) == "−1.50–12.00"
    assert charts.said_range(900, 1300, "number", "en", 1100) == "900–1,300"


def test_numbers_to_take_along_are_those_of_the_chart() -> None:
    matrix = charts.numbers_table(THREE, "zh")
    assert matrix.iloc[1, 1:].tolist() == [196, 354, 70]
    bars = charts.numbers_table(BARS, "en")
    assert bars["method"].tolist() == ["Model", "Simple method"] * 2
    assert bars["value"].tolist() == [0.9, 0.88, 0.66, 0.59]
    lines = charts.numbers_table(LINES, "en")
    assert lines["Errors"].tolist() == [0.0, 0.02, 0.16, 0.02, 0.24]
    assert charts.numbers_table(WORDS, "en")["word"].tolist() == ["cancelled", "hours", "thanks"]
    assert charts.numbers_table(Numbers((Number(same("a"), 0.5),)), "en")["value"].tolist() == [0.5]
    assert charts.numbers_table(Rows(()), "en").empty


def test_reasons_against_go_left() -> None:
    figure = charts.signed_bars([("great", 0.8), ("late", -0.4)], charts.Style("en"))
    assert [trace.x[0] for trace in figure.data] == [1.0, -0.5]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_meets_the_contrast_that_accessibility_asks(theme: object) -> None:
    for name in ("ink", "muted", "accent", "good", "caution", "bad"):
        for ground in ("paper", "surface"):
            assert contrast(getattr(theme, name), getattr(theme, ground)) >= 4.5
    assert contrast(theme.on_accent, theme.accent) >= 4.5


def test_mixing_goes_from_one_colour_to_the_other() -> None:
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"
    assert mix("#123456", "#FFFFFF", 0) == "#123456"


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_chart_is_drawn_on_paper_with_all_its_words(body: Body, language: str) -> None:
    figure = charts.figure(body, language, width="page")
    drawn = ElementTree.fromstring(svg(figure, 640, "a", "what it shows"))
    said = "".join(drawn.itertext())
    for note in figure.layout.annotations:
        assert "".join(ElementTree.fromstring(f"<p>{note.text.replace('<br>', '')}</p>").itertext()) in said
    kinds = ("rect", "polyline", "circle")
    marks = [mark for kind in kinds for mark in drawn.iter(f"{{http://www.w3.org/2000/svg}}{kind}")]
    assert len(marks) > 1


def test_a_users_markup_stays_words_on_paper() -> None:
    body = Bars((Bar(same("<b>&lt;x"), 0.5),), same("share"))
    drawn = ElementTree.fromstring(svg(charts.figure(body, "en", width="page"), 640, "a", '"<'))
    assert "<b>&lt;x" in "".join(drawn.itertext())


def test_a_kind_of_trace_that_paper_does_not_know_is_refused() -> None:
    figure = charts.figure(Bars((Bar(same("a"), 0.5),), same("share")), "en")
    with pytest.raises(TypeError, match="pie"):
        svg(figure.add_pie(values=[1]), 640, "a", "")


@pytest.mark.parametrize(
    ("span", "most", "wanted"),
    [((0, 1), 6, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), ((0.78, 0.92), 4, [0.8, 0.85, 0.9]), ((30, 0), 4, [0, 10, 20, 30])],
)
def test_ticks_are_round_and_few(span: tuple[float, float], most: int, wanted: list[float]) -> None:
    assert ticks(span, most) == pytest.approx(wanted)


def test_ticks_say_their_unit() -> None:
    said = [tick_words(0.4, ".0%"), tick_words(-12000, "~s"), tick_words(1234.0, ",d"), tick_words(0.5, ",~g")]
    assert said == ["40%", "−12k", "1,234", "0.5"]
    assert tick_words(-250_000.0, tick_format("money", "zh")) == "−250,000", "Chinese counts in ten thousands"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("signed", [False, True])
def test_every_number_of_a_crossed_table_can_be_read_on_its_cell(dark: bool, signed: bool) -> None:
    values = tuple(tuple((k + 12 * row) / 60 * 2 - 1 for k in range(12)) for row in range(5))
    names = tuple(f"value {k}" for k in range(12))
    picture = Crossed(names[:5], names, values, same("a"), same("b"), "number", signed=signed)
    figure = crossed_figure(picture, Style("en", dark))
    assert "-0.00" not in crossed_figure(replace(picture, values=((-0.001,),)), Style("en")).data[0].text[0]
    table, letters = figure.data
    low, high = table.zmin, table.zmax
    stops = [(stop, colour) for stop, colour in table.colorscale]
    for value, letter in zip((v for row in values for v in row), letters.textfont.color, strict=True):
        share = (value - low) / (high - low)
        (a, first), (b, second) = next(pair for pair in itertools.pairwise(stops) if share <= pair[1][0] + 1e-9)
        assert contrast(letter, mix(first, second, (share - a) / (b - a))) >= 4.5
