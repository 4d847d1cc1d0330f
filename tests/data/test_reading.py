from __future__ import annotations

import gzip
import io
import zipfile
from datetime import datetime

import numpy as np
import openpyxl
import pandas as pd
import pytest

from core.data import limits
from core.data.how import How
from core.data.reading import read_file, write_table
from core.words import UserError

CHINESE = "评论,标签\n房间很干净,好评\n服务太差了,差评\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_chinese_text_is_read_in_every_usual_encoding(read, encoding):
    found = read((CHINESE * 1).encode(encoding)).frame
    assert list(found.columns) == ["评论", "标签"]
    assert found["评论"].tolist() == ["房间很干净", "服务太差了"]


def test_western_accents_are_read_as_windows_1252(read):
    found = read("name;price\nCafé crème;£2,50\nMünchen;£3,10\n".encode("cp1252"))
    assert found.encoding == "windows-1252"
    assert found.frame["name"].tolist() == ["Café crème", "München"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "::"])
def test_separators_are_told_by_content(read, separator):
    lines = [separator.join(row) for row in (("text", "label", "n"), ("good, really", "a", "1"), ("bad", "b", "2"))]
    if separator == ",":
        lines[1] = '"good, really",a,1'
    found = read("\n".join(lines), "table.dat")
    assert found.separator == separator
    assert found.frame.to_dict("list") == {"text": ["good, really", "bad"], "label": ["a", "b"], "n": [1, 2]}


def test_a_single_column_with_commas_inside_stays_one_column(read):
    found = read("review\ngood, but slow, and late\nbad\nnice, really\n")
    assert found.separator is None
    assert found.frame["review"].tolist() == ["good, but slow, and late", "bad", "nice, really"]


def test_quotes_and_line_breaks_inside_of_fields_are_kept(read):
    found = read('text,label\n"said ""no""\nand left",bad\n"a, b",good\n').frame
    assert found["text"].tolist() == ['said "no"\nand left', "a, b"]


def test_gzip_and_zip_are_unpacked(read):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("folder/data.csv", CHINESE)
        archive.writestr("__MACOSX/._data.csv", "stub")
    assert len(read(gzip.compress(CHINESE.encode())).frame) == 2
    assert len(read(packed.getvalue()).frame) == 2


def test_identifiers_stay_text_and_numbers_become_numbers(read):
    found = read("zip,card,label,price,gap\n00501,1234567890123456,1,2.5,1\n10001,1234567890123457,0,-3e2,NA\n").frame
    assert found["zip"].tolist() == ["00501", "10001"]
    assert found["card"].tolist() == ["1234567890123456", "1234567890123457"]
    assert found["label"].dtype == np.int64
    assert found["price"].tolist() == [2.5, -300.0]
    assert np.isnan(found["gap"][1])


def test_missing_spellings_do_not_swallow_words_in_text(read):
    found = read("text,label\nNone,a\nNA,b\nNULL,a\n,b\nunknown,a\n").frame
    assert found["text"].fillna("missing").tolist() == ["None", "NA", "missing", "missing", "unknown"]


def test_column_names_are_trimmed_unique_and_never_empty(read):
    found = read("age, age ,,Name\n1,2,3,x\n4,5,6,y\n").frame
    assert list(found.columns) == ["age", "age 2", "column 3", "Name"]
    assert list(read("年龄,,年龄\n1,a,3\n4,b,6\n").frame.columns) == ["年龄", "列2", "年龄 2"]


def test_rows_that_do_not_fit_are_set_aside_and_counted(read):
    found = read("a,b,c\n1,2,3\n1,2\n4,5,6\n7,8,9,10\na,b,c\n1,1,1\n")
    assert found.frame["a"].tolist() == [1, 4, 1]
    assert found.odd_rows == 3
    assert set(found.set_aside) == {"1,2", "7,8,9,10", "a,b,c"}
    assert "3" in found.notes[0].zh


def test_a_file_without_a_header_gets_neutral_names(read):
    found = read("1\t242\t3\t881250949\n2\t302\t3\t891717742\n").frame
    assert list(found.columns) == ["column 1", "column 2", "column 3", "column 4"]
    assert len(found) == 2


@pytest.mark.parametrize("content", [b"", b"  \n\n", b"\xef\xbb\xbf", b"text,label\n", b"text,label\n,\n"])
def test_files_without_rows_are_refused_in_words(read, content):
    with pytest.raises(UserError) as error:
        read(content, "my.csv")
    assert "my.csv" in error.value.text.en
    assert "my.csv" in error.value.text.zh


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7 x", b"\x89PNG\r\n\x1a\n", bytes(range(256)) * 50, b"<html><body>hi</body></html>"]
)
def test_what_is_no_table_is_refused_in_words(read, content):
    with pytest.raises(UserError, match="not a table"):
        read(content)


def test_a_mixture_of_encodings_is_refused_with_the_line(read):
    lines = [f"很好的东西{n},1\n".encode("gbk" if n % 10 == 0 else "utf-8") for n in range(100)]
    with pytest.raises(UserError, match="line 2"):
        read(b"text,label\n" + b"".join(lines))


def test_damaged_and_locked_workbooks_are_refused_in_words(read):
    locked = b"\xd0\xcf\x11\xe0" + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500
    with pytest.raises(UserError, match="password"):
        read(locked)
    with pytest.raises(UserError, match="damaged"):
        read(b"PK\x03\x04" + b"rubbish" * 100)
    with pytest.raises(UserError, match="damaged"):
        read(gzip.compress(CHINESE.encode() * 50)[:60])


def test_a_gzip_bomb_is_refused_before_it_fills_memory(read, monkeypatch):
    monkeypatch.setattr(limits, "MAX_BYTES", 1_000_000)
    with pytest.raises(UserError, match="too large"):
        read(gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000))


def test_too_many_columns_are_refused(read):
    wide = ",".join(f"c{n}" for n in range(limits.MAX_COLUMNS + 1))
    with pytest.raises(UserError, match="too large"):
        read(f"{wide}\n{wide.replace('c', '')}\n")


def test_a_workbook_is_read_from_its_first_sheet_with_a_table(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["A note"])
    sheet = book.create_sheet("data")
    for row in (["Report"], [], ["text", "n", "when"], ["fine", 3, pd.Timestamp("2024-01-02")], ["bad", 4.5, None]):
        sheet.append(row)
    book.save(tmp_path / "b.xlsx")
    found = read_file(tmp_path / "b.xlsx", "b.xlsx")
    assert found.sheet == "data"
    assert found.frame["n"].tolist() == [3.0, 4.5]
    assert found.frame["when"].tolist()[0] == "2024-01-02"
    assert found.set_aside == ("Report",)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_exports_cannot_carry_formulas_and_come_back_as_they_were(tmp_path, format):
    frame = pd.DataFrame(
        {"text": ["=HYPERLINK(1)", "@SUM(A1)", "fine", "-5", "评论", None], "n": [-1.5, 2, 3, 4, 5, 6]}
    )
    write_table(frame, tmp_path / "out", format) if format == "csv" else write_table(
        frame, tmp_path / "out.xlsx", format
    )
    path = tmp_path / ("out" if format == "csv" else "out.xlsx")
    found = read_file(path, path.name).frame
    assert found["text"].fillna("").tolist() == ["'=HYPERLINK(1)", "'@SUM(A1)", "fine", "-5", "评论", ""]
    assert found["n"].tolist() == frame["n"].tolist()


def test_a_workbook_holds_every_kind_of_value(tmp_path):
    zoned = pd.Timestamp("2024-01-02 03:04", tz="Asia/Shanghai")
    frame = pd.DataFrame(
        {
            "when": pd.to_datetime(["2024-01-02 03:04", None]),
            "zoned": [zoned, None],
            "far": [np.inf, np.nan],
            "yes": [True, False],
            "whole": pd.array([2**40, None], dtype="Int64"),
            "text": ["a\x07b" + "x" * 40_000, None],
            "=1": [np.float32(0.5), np.float32(np.nan)],
        }
    )
    write_table(frame, tmp_path / "out.xlsx", "xlsx")
    names, first, second = openpyxl.load_workbook(tmp_path / "out.xlsx").active.iter_rows(values_only=True)
    assert names == ("when", "zoned", "far", "yes", "whole", "text", "'=1")
    assert first[:5] == (datetime(2024, 1, 2, 3, 4), str(zoned), "inf", True, 2**40)
    assert (len(first[5]), first[5][:3], first[6]) == (32_767, "abx", 0.5)
    assert second == (None, None, None, False, None, None, None)


def test_years_are_column_names_and_not_data(read):
    assert list(read("name,2019,2020\nx,1,2\ny,3,4\n").frame.columns) == ["name", "2019", "2020"]


def test_a_separator_at_the_end_of_data_lines_only_shifts_nothing(read):
    found = read("a,b\n1,2,\n3,4,\n5,6,\n")
    assert found.frame.to_dict("list") == {"a": [1, 3, 5], "b": [2, 4, 6]}
    assert found.odd_rows == 0


def test_a_quote_that_is_never_closed_does_not_swallow_the_file(read):
    found = read('text,label\n"never closed,a\n' + "fine,b\n" * 50)
    assert len(found.frame) == 51


def test_the_facts_of_a_reading_are_json(read):
    facts = read("a,b\n1,2\n1\n").facts()
    assert facts["separator"] == ","
    assert facts["odd_rows"] == 1
    assert facts["set_aside"] == ["1"]


OTHER_SCRIPTS = {
    "cp1251": "Хороший товар номер быстро доставили и упаковали",
    "big5": "房間很乾淨，服務也非常好，下次還會再來",
    "cp949": "정말 좋은 제품입니다 다시 구매하겠습니다",
}


@pytest.mark.parametrize("encoding", OTHER_SCRIPTS)
def test_other_scripts_are_told_by_their_letters(read, encoding):
    said = OTHER_SCRIPTS[encoding]
    found = read(("text,n\n" + "".join(f"{said} {n},{n}\n" for n in range(60))).encode(encoding))
    assert found.frame["text"][7] == f"{said} 7"


def test_rows_of_a_workbook_that_are_set_aside_say_where_they_stand(tmp_path):
    path = tmp_path / "report.xlsx"
    book = openpyxl.Workbook()
    for row in ([], ["Sales of the year"], [], ["shop", "paid"], *[["a", n] for n in range(5)], [], ["Total", None]):
        book.active.append(row)
    book.save(path)
    found = read_file(path, "report.xlsx")
    assert found.frame.shape == (5, 2)
    assert list(zip(found.lines, found.set_aside, strict=True)) == [(2, "Sales of the year"), (11, "Total")]


def test_a_workbook_with_a_cell_far_away_is_refused_before_it_ends_the_process(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["text", "label"])
    book.active.append(["fine", "good"])
    book.active["XFD1048576"] = 1
    book.save(tmp_path / "far.xlsx")
    with pytest.raises(UserError, match="far away"):
        read_file(tmp_path / "far.xlsx", "far.xlsx")


def test_parquet_keeps_its_types_and_says_moments_as_text(tmp_path):
    frame = pd.DataFrame(
        {"text": ["好", None], "n": [1, 2], "share": [0.5, None], "when": pd.to_datetime(["2024-01-02", None])}
    )
    frame.to_parquet(tmp_path / "t.parquet")
    found = read_file(tmp_path / "t.parquet", "t.parquet").frame
    assert found["n"].dtype == np.int64
    assert found["when"][0] == "2024-01-02"
    assert found.isna().sum().tolist() == [1, 0, 1, 1]


def test_a_list_of_json_objects_is_a_table(read):
    found = read('[{"text": "fine", "n": 1}, {"text": "bad", "n": 2}]').frame
    assert found.to_dict("list") == {"text": ["fine", "bad"], "n": [1, 2]}


def test_day_numbers_of_a_spreadsheet_become_dates_where_the_name_says_so(read):
    found = read("order_date,amount\n45292,45292\n45293,45293\n45294,45294\n")
    assert found.frame["order_date"].tolist() == ["2024-01-01", "2024-01-02", "2024-01-03"]
    assert found.frame["amount"].tolist() == [45292, 45293, 45294]


def test_amounts_in_several_currencies_stay_as_they_are(read):
    found = read("price,n\n$5.00,a\n€7.00,b\n$6.00,c\n")
    assert found.frame["price"].tolist() == ["$5.00", "€7.00", "$6.00"]
    assert found.meanings["price"].kind == "money"


def test_dates_that_could_be_read_both_ways_are_counted_and_said(read):
    found = read("when,n\n03/04/2024,a\n05/06/2024,b\n07/07/2024,c\n")
    assert found.frame["when"][0] == "2024-04-03"
    assert found.meanings["when"].unsure == 2
    assert "03/04/2024" in found.notes[-1].zh


def test_lines_that_are_no_text_in_the_encoding_said_are_set_aside_with_their_numbers(read):
    lines = ["城市,数量", "北京,1", "上海,2", "广州,3", "深圳,4,多"]
    data = b"\n".join([line.encode("utf-8" if place != 2 else "gb18030") for place, line in enumerate(lines)])
    found = read(data, how=How(encoding="utf-8"))
    assert found.frame["城市"].tolist() == ["北京", "广州"]
    assert (found.odd_rows, found.lines) == (2, (3, 5))
    assert [note.en.split(" lines")[0] for note in found.notes][:1] == ["1"]
    both = read(data, how=How(encoding="mixed"))
    assert both.frame["城市"].tolist() == ["北京", "上海", "广州"]
    assert both.lines == (5,)


def test_rows_set_aside_say_their_line_below_quoted_lines_and_a_preamble(read):
    text = 'made today\na,b\n"one\ntwo",2\n3\n4,5\n' + "4,5\n" * 8 + "6,7,8\n4,5\n3\n"
    found = read(text.encode(), how=How(skip=1))
    assert found.set_aside == ("made today", "3", "6,7,8", "3")
    assert found.lines == (1, 5, 15, 17)


def test_names_made_up_for_a_header_are_told(read):
    found = read(b"age,,age,note,\n1,2,3,x,\n4,5,6,y,\n", "file.csv")
    assert list(found.frame.columns) == ["age", "column 2", "age 2", "note"]
    [note] = found.notes
    assert "“column 2”, “age 2”" in note.en
    assert "“column 2”、“age 2”" in note.zh
    assert read(b"age,note\n1,x\n4,y\n", "file.csv").notes == ()
    assert read(b"1\t2\n3\t4\n5\t6\n", "file.csv").notes == ()


def test_dates_of_which_some_begin_with_the_day_and_some_with_the_month_are_told(read):
    rows = [f"{15 + k}/03/2024" for k in range(9)] + [f"03/{15 + k}/24" for k in range(9)]
    found = read("\n".join(["when,n", *(f"{row},1" for row in rows)]).encode(), "file.csv")
    assert found.meanings["when"].order == "mixed"
    assert ["the month first" in note.en for note in found.notes] == [True]
