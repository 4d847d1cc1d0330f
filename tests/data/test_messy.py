"""Files as people bring them: each is read rightly, or refused in words that say why."""

from __future__ import annotations

import pandas as pd
import pytest

from core.data.profile import profile
from core.data.reading import read_file
from core.words import UserError
from tests.data.twins import TWINS


@pytest.mark.parametrize("name", TWINS)
def test_a_messy_file_is_read_rightly(read, name):
    twin = TWINS[name]()
    found = read(twin.data, "file.csv")
    assert list(found.frame.columns) == twin.columns
    assert len(found.frame) == twin.rows
    assert found.odd_rows == len(found.set_aside) == twin.odd_rows
    assert (found.encoding, found.separator) == (twin.encoding, twin.separator)
    assert {place: found.frame[place[0]][place[1]] for place in twin.cells} == twin.cells
    assert {column: int(found.frame[column].isna().sum()) for column in twin.missing} == twin.missing
    assert {column: found.meanings[column].kind for column in twin.meanings} == twin.meanings


MESSY = {
    "hotel_gbk.csv": (400, ["label", "review"]),
    "hotel_chinese_headers_gb18030.csv": (300, ["标签", "评论内容"]),
    "hotel_label_variants.csv": (300, ["label", "review"]),
    "bank_marketing_semicolon.csv": (500, 21),
    "airline_utf16_tab.csv": (300, 15),
    "airline_utf16be_comma.csv": (300, ["text", "airline_sentiment"]),
    "banking77_bom_crlf.csv": (400, ["text", "category"]),
    "german_credit.xlsx": (400, 21),
    "german_credit_messy.xlsx": (300, 21),
    "airline_newlines_quotes.csv": (300, ["tweet_id", "text", "airline", "airline_sentiment"]),
    "bitext_qa_as_found.jsonl": (80, ["id", "question", "reference_answer", "category", "intent"]),
    "bitext_qa_multiline.csv": (300, ["question", "answer"]),
    "bitext_qa_backslash_escaped.csv": (200, ["question", "answer"]),
    "gmsc_mixed_types.csv": (500, 8),
    "gmsc_currency.csv": (400, 11),
    "online_retail_european_cp1252.csv": (500, 8),
    "online_retail_mixed_dates.csv": (500, 8),
    "sst2_tabs_named_csv.csv": (500, ["sentence", "label"]),
    "movielens_no_header.csv": (500, ["column 1", "column 2", "column 3", "column 4"]),
    "movielens_double_colon.dat": (500, ["column 1", "column 2", "column 3", "column 4"]),
    "movielens_items_latin1_pipe.csv": (289, 24),
    "ai4i_padded_columns.csv": (400, 14),
    "airline_excel_mangled.csv": (500, 15),
    "bank_ragged.csv": (297, 21),
    "bank_duplicate_header.csv": (300, 21),
    "bank_preamble_footer.csv": (250, 21),
    "edge_8_rows_8_classes.csv": (8, ["text", "category"]),
    "edge_one_class.csv": (200, ["text", "airline_sentiment"]),
    "edge_2_positives_of_400.csv": (400, 11),
    "edge_duplicates_conflicts.csv": (320, ["text", "category"]),
    "edge_very_short_and_long_texts.csv": (200, ["label", "review"]),
    "banking77_part.csv.gz": (400, ["text", "category"]),
    "banking77_part.zip": (400, ["text", "category"]),
}


@pytest.fixture
def messy(shared):
    return lambda name: read_file(shared(f"messy/{name}"), name)


@pytest.mark.parametrize("name", MESSY)
def test_a_file_of_the_collection_is_read_with_all_its_rows(messy, name):
    rows, columns = MESSY[name]
    found = messy(name).frame
    assert len(found) == rows
    assert (list(found.columns) if isinstance(columns, list) else found.shape[1]) == columns


@pytest.mark.parametrize("name", ["edge_empty.csv", "edge_header_only.csv", "hotel_mixed_encoding.csv"])
def test_hopeless_files_are_refused_in_words(shared, name):
    with pytest.raises(UserError, match=name):
        read_file(shared(f"messy/{name}"), name)


def test_amounts_of_the_collection_are_numbers_with_their_gaps(messy):
    mixed, plain = messy("gmsc_mixed_types.csv"), messy("gmsc_currency.csv")
    assert int(mixed.frame["MonthlyIncome"].isna().sum()) == 107
    assert mixed.frame["MonthlyIncome"].max() < 1_000_000
    assert plain.frame["MonthlyIncome"][:3].tolist() == [25500, 6000, 4374]
    assert plain.meanings["MonthlyIncome"].unit == "$"
    assert mixed.frame["Utilization"].dtype == plain.frame["DebtRatio"].dtype == float


def test_one_purchase_is_the_same_however_its_file_writes_dates_and_amounts(messy):
    """Both files hold the same rows: one in the European way, one with five ways to write a date."""
    european, mixed = messy("online_retail_european_cp1252.csv").frame, messy("online_retail_mixed_dates.csv").frame
    for name in ("InvoiceNo", "Quantity", "UnitPrice"):
        assert european[name].tolist() == mixed[name].tolist()
    days = [pd.to_datetime(frame["InvoiceDate"]).dt.date.tolist() for frame in (european, mixed)]
    assert days[0] == days[1]


def test_rounded_identifiers_are_told_and_not_taken_for_numbers(messy):
    found = messy("airline_excel_mangled.csv")
    assert found.meanings["tweet_id"].kind == "rounded"
    assert profile(found.frame, found.meanings).column("tweet_id").kind == "id"
    assert any("5.70306E+17" in note.zh for note in found.notes)
    assert pd.to_datetime(found.frame["tweet_created"]).notna().all()
