"""The live curves of a training as a chart."""

from __future__ import annotations

from core.charts.frame import Style
from core.charts.lines import lines_figure
from pages.ui.live import curve, members

RISING = [(0.0, 0.5), (1.0, 0.7), (2.0, 0.8)]


def test_of_several_models_the_one_that_learns_now_stands_out_and_the_others_share_one_name() -> None:
    found = {"validation/1": RISING, "validation/2": RISING, "validation/10": RISING, "validation/11": RISING[:1]}
    assert [title.en for title, _ in members("validation", found)] == ["Model 1", "Model 2", "Model 10"]
    lines = curve("validation", found).lines
    assert [line.part for line in lines] == ["reference", "reference", "model"]
    figure = lines_figure(curve("validation", found), Style("en", False, "half"))
    words = " ".join(note.text for note in figure.layout.annotations)
    assert words.count("●") == 2
    assert "Model 10" in words


def test_one_model_is_the_users_beside_the_simple_method() -> None:
    lines = curve("validation", {"validation": RISING, "baseline": [(0.0, 0.6)]}).lines
    assert [(line.name.en, line.part) for line in lines] == [("Your model", "model"), ("Simple method", "baseline")]
    assert lines[1].x == (0.0, 2.0)
    assert lines[1].y == (0.6, 0.6)
