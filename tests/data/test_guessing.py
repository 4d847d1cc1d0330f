from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pytest

from core.data.guessing import LABEL_NAMES, TEXT_NAMES, guess_roles
from core.data.profile import profile
from core.data.reading import read_file


@dataclass(frozen=True)
class Wanted:
    key: str
    kind: str
    names: tuple[str, ...] = ()
    required: bool = True
    many: bool = False


SENTIMENT = (Wanted("text", "text", TEXT_NAMES), Wanted("label", "category", LABEL_NAMES))


@pytest.mark.parametrize(
    ("name", "text", "label"),
    [
        ("sentiment/airline_tweets/train.csv", "text", "airline_sentiment"),
        ("sentiment/sst2/train.csv.gz", "sentence", "label"),
        ("sentiment/chnsenticorp_htl/train.csv", "review", "label"),
        ("sentiment/online_shopping_10_cats/train.csv.gz", "review", "label"),
        ("sentiment/uci_reviews/train.csv", "text", "label"),
        ("messy/hotel_chinese_headers_gb18030.csv", "评论内容", "标签"),
        ("messy/hotel_label_variants.csv", "review", "label"),
        ("messy/airline_excel_mangled.csv", "text", "airline_sentiment"),
        ("messy/airline_utf16_tab.csv", "text", "airline_sentiment"),
        ("messy/edge_one_class.csv", "text", "airline_sentiment"),
        ("messy/edge_8_rows_8_classes.csv", "text", "category"),
        ("messy/edge_very_short_and_long_texts.csv", "review", "label"),
        ("messy/sst2_tabs_named_csv.csv", "sentence", "label"),
    ],
)
def test_text_and_label_are_guessed_on_real_files(shared, name, text, label):
    found = profile(read_file(shared(name), name).frame)
    assert guess_roles(found, SENTIMENT) == {"text": (text,), "label": (label,)}


def texts(n: int) -> list[str]:
    return [f"sentence number {k} is about something else" for k in range(n)]


def test_an_exact_name_outranks_a_part_of_a_name():
    frame = pd.DataFrame({"label_source": ["a", "b"] * 30, "label": ["x", "y"] * 30, "text": texts(60)})
    assert guess_roles(profile(frame), SENTIMENT)["label"] == ("label",)


def test_without_telling_names_content_decides():
    frame = pd.DataFrame({"k": range(60), "foo": texts(60), "bar": ["up", "down", "flat"] * 20, "baz": ["q"] * 60})
    assert guess_roles(profile(frame), SENTIMENT) == {"text": ("foo",), "label": ("bar",)}


def test_no_column_has_two_roles_and_what_fits_nothing_is_left_out():
    frame = pd.DataFrame({"review": texts(60)})
    assert guess_roles(profile(frame), SENTIMENT) == {"text": ("review",)}


def test_a_role_that_is_not_required_is_only_filled_by_name():
    when = Wanted("time", "time", ("date",), required=False)
    days = [f"2024-02-{k % 28 + 1:02d}" for k in range(60)]
    assert guess_roles(profile(pd.DataFrame({"x": days})), (when,)) == {}
    assert guess_roles(profile(pd.DataFrame({"date": days})), (when,)) == {"time": ("date",)}


def test_a_role_for_many_columns_takes_what_the_others_leave():
    features = Wanted("features", "any", many=True)
    frame = pd.DataFrame({"a": range(40), "label": ["x", "y"] * 20, "b": [0.5, 1.5] * 20})
    assert guess_roles(profile(frame), (features, SENTIMENT[1])) == {"features": ("a", "b"), "label": ("label",)}


def test_a_part_of_a_date_that_comes_round_again_is_no_time():
    when = Wanted("time", "time", ("date", "month"), required=False)
    for values in (["may", "jun", "jul"] * 20, list(range(1, 13)) * 5):
        assert guess_roles(profile(pd.DataFrame({"month": values})), (when,)) == {}
    assert guess_roles(profile(pd.DataFrame({"month": [202401, 202402, 202403] * 20})), (when,)) == {"time": ("month",)}
