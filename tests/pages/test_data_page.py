"""Data: bringing, looking, renaming, deleting and taking back."""

from __future__ import annotations

import io
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import config as config_module
from core.data.recipe import Step
from core.services import datasets, errands
from core.words import Text
from pages.ui.words import plain
from tests.house import add_flowers
from tests.pages.conftest import Open, all_words
from tests.toy import flowers


def test_an_uploaded_file_is_kept_and_its_page_opens(open_page: Open) -> None:
    at = open_page("data")
    csv = flowers(60, 0).to_csv(index=False).encode()
    at.file_uploader(key="upload").set_value(("my flowers.csv", csv, "text/csv")).run()
    assert not at.exception
    assert at.title[0].value == "my flowers"
    assert [view.name for view in datasets.listed()] == ["my flowers"]


def test_how_a_file_was_read_stands_on_its_page(open_page: Open, tmp_path: Path) -> None:
    at = open_page("data")
    csv = b"price;town\n1;Rome\n2;Oslo\n3\n4;Bern\n"
    at.file_uploader(key="upload").set_value(("towns.csv", csv, "text/csv")).run()
    said = next(one.value for one in at.caption if "Read as" in one.value)
    assert said.startswith("Read as UTF-8, separated by semicolons, one header row. Odd rows set aside: 1.")
    at.toggle(key="read-differently").set_value(True).run()
    assert any("Columns: 2. Odd rows set aside: 1." in one.value for one in at.caption)
    at.selectbox(key="how-encoding").set_value("utf-16-le").run()
    assert "the file holds no table" in all_words(at)
    book = tmp_path / "book.xlsx"
    flowers(60, 0).to_excel(book, index=False, sheet_name="May_June")
    at = open_page("data", dataset=datasets.add("book.xlsx", io.BytesIO(book.read_bytes())).dataset.id)
    said = plain("Read as sheet “May_June”, one header row.")
    assert said in [one.value for one in at.caption]
    assert said in [one.value for one in at.markdown]


def place_of_tabs(at: AppTest) -> list[int]:
    """Where the tabs stand among what is drawn: the browser forgets which one is open when that changes."""

    def look(block: Any) -> list[int]:
        for place, one in getattr(block, "children", {}).items():
            if getattr(one, "type", "") == "tab":
                return [place]
            if found := look(one):
                return [place, *found]
        return []

    return look(at.main)


def test_the_same_bytes_are_recognised(open_page: Open) -> None:
    known = add_flowers(60)
    at = open_page("data")
    csv = flowers(60, 0).to_csv(index=False).encode()
    at.file_uploader(key="upload").set_value(("again.csv", csv, "text/csv")).run()
    assert "You brought these very rows before" in all_words(at)
    tabs = place_of_tabs(at)
    assert tabs
    at.run()
    assert "You brought these very rows before" not in all_words(at)
    assert place_of_tabs(at) == tabs
    assert [view.id for view in datasets.listed()] == [known]


def test_a_database_is_asked_and_its_query_remembered(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite3.connect(tmp_path / "garden.db") as made:
        flowers(60, 0).to_sql("flowers", made, index=False)
    monkeypatch.setenv("MODELWRIGHT_DATABASE_GARDEN", f"sqlite:///{tmp_path / 'garden.db'}")
    config_module.config.cache_clear()
    monkeypatch.setattr("pages.ui.errands.AT_ONCE", 60)
    at = open_page("data")
    at.text_area(key="ask-query-new").set_value("DELETE FROM flowers").run()
    at.button(key="ask-new").click().run()
    assert "begins with SELECT" in all_words(at)
    at.text_area(key="ask-query-new").set_value("SELECT * FROM flowers LIMIT 50").run()
    at.button(key="ask-new").click().run()
    assert at.title[0].value == "garden"
    assert datasets.listed()[0].rows == 50
    assert "garden.db" in all_words(at)
    at.toggle(key="ask-again").set_value(True).run()
    assert at.text_area[0].value == "SELECT * FROM flowers LIMIT 50"
    assert not at.exception


def test_longer_work_is_shown_can_be_stopped_and_is_offered_when_it_is_done(open_page: Open) -> None:
    id = add_flowers()
    going = threading.Event()
    long = errands.begin("ask-new", Text("Asking the shop", "正在查询"), lambda: going.wait(60))
    at = open_page("data")
    assert "Asking the shop" in all_words(at)
    at.session_state["errand-ask-new"] = long.id
    at.button(key=f"stop-{long.id}").click().run()
    assert long.stopping
    going.set()
    assert long.wait(60)
    added = datasets.Added(datasets.get(id), known=False)
    done = errands.begin("ask-new", Text("Asking", "查询"), lambda: added)
    assert done.wait(60)
    at.session_state["errand-ask-new"] = done.id
    at.run()
    assert "The rows of your query are here" in all_words(at)
    at.button(key="open-ask-new").click().run()
    assert not at.exception
    assert at.title[0].value == datasets.get(id).name


def test_a_file_that_is_no_table_is_explained_and_not_kept(open_page: Open) -> None:
    at = open_page("data")
    at.file_uploader(key="upload").set_value(("broken.xlsx", b"not a workbook", "application/zip")).run()
    assert not at.exception
    assert ":material/error:" in all_words(at)
    assert datasets.listed() == []


def test_use_this_data_leads_to_the_set_up(open_page: Open) -> None:
    at = open_page("data", dataset=add_flowers())
    at.button(key="use").click().run()
    assert at.title[0].value == "Set up the training"


def test_rename_changes_the_name(open_page: Open) -> None:
    id = add_flowers()
    at = open_page("data", dataset=id)
    at.text_input(key="name-one").set_value("Garden").run()
    at.button(key="rename-one").click().run()
    assert at.title[0].value == "Garden"
    assert datasets.get(id).name == "Garden"


def test_delete_can_be_undone(open_page: Open) -> None:
    id = add_flowers()
    at = open_page("data", dataset=id)
    at.button(key="delete-one").click().run()
    assert datasets.listed() == []
    assert "was deleted" in all_words(at)
    at.button(key="undo-button").click().run()
    assert [view.id for view in datasets.listed()] == [id]


def test_search_narrows_the_list(open_page: Open) -> None:
    add_flowers(60, 1, "roses.csv")
    add_flowers(60, 2, "tulips.csv")
    at = open_page("data")
    at.text_input(key="data-search").set_value("tul").run()
    assert "tulips" in " ".join(link.proto.label for link in at.get("page_link"))
    assert "roses" not in " ".join(link.proto.label for link in at.get("page_link"))


def test_a_repaired_version_says_what_was_done_and_goes_back_and_forward(open_page: Open) -> None:
    id = add_flowers()
    repaired = datasets.fix(id, Step("drop_columns", ("garden",)))
    at = open_page("data", dataset=repaired.id)
    assert "Left out “garden”" in all_words(at)
    at.button(key="version-undo").click().run()
    assert "Left out “garden”" not in all_words(at)
    assert [view.id for view in datasets.listed()] == [id]
    at.button(key="version-redo").click().run()
    assert "Left out “garden”" in all_words(at)
    assert [view.id for view in datasets.latest()] == [repaired.id]


def test_a_name_cannot_bring_markup_into_the_page(open_page: Open) -> None:
    id = add_flowers()
    datasets.rename(id, "**bold** [x](evil) :red[hot]")
    at = open_page("data", dataset=id)
    assert r"\*\*bold\*\*" in at.title[0].value
    assert r"\[x\]\(" in at.title[0].value


def shop_reviews() -> str:
    texts = [f"review number {k} of this shop" for k in range(300)]
    frame = pd.DataFrame({"text": texts, "label": ["good", "bad", "Good"] * 100})
    return datasets.add("reviews.csv", io.BytesIO(frame.to_csv(index=False).encode())).dataset.id


def test_a_finding_is_repaired_with_one_click_and_taken_back_with_another(open_page: Open) -> None:
    id = shop_reviews()
    at = open_page("data", dataset=id, scenario="sentiment")
    assert "Teaches wrong answers" in all_words(at)
    at.button(key="fix-label_spellings-0-0").click().run()
    assert not at.exception
    assert "Teaches wrong answers" not in all_words(at)
    assert "Merged in “label”" in all_words(at)
    at.button(key="undo-button").click().run()
    assert "Teaches wrong answers" in all_words(at)
    assert "Merged in “label”" not in all_words(at)


def test_findings_speak_for_the_purpose_that_is_chosen(open_page: Open) -> None:
    id = shop_reviews()
    at = open_page("data", dataset=id, scenario="sentiment")
    assert "They would be learned as different classes" in all_words(at)
    at.selectbox(key=f"purpose-{id}").set_value("recommendations").run()
    assert not at.exception
    assert "They would be learned as different classes" not in all_words(at)


def test_cells_and_rows_changed_by_hand_wait_until_they_are_kept(open_page: Open) -> None:
    id = add_flowers()
    at = open_page("data", dataset=id)
    at.session_state[f"rows-{id}-editor-0"] = {
        "edited_rows": {0: {"kind": "rose"}}, "added_rows": [], "deleted_rows": [1]
    }  # fmt: skip
    at.run()
    assert "Cells changed: 1; rows removed: 1" in all_words(at)
    at.button(key="keep-edits").click().run()
    assert not at.exception
    [latest] = datasets.latest()
    assert (latest.parent_id, latest.rows, len(latest.recipe)) == (id, 119, 2)
    assert datasets.frame(latest.id)["kind"][0] == "rose"
    at.button(key="undo-button").click().run()
    assert [view.id for view in datasets.latest()] == [id]


def test_all_rows_that_are_found_get_one_label(open_page: Open) -> None:
    id = add_flowers()
    at = open_page("data", dataset=id)
    at.selectbox(key=f"rows-{id}-column").set_value("kind").run()
    at.selectbox(key=f"rows-{id}-value-kind").set_value("tulip").run()
    at.selectbox(key=f"all-column-{id}").set_value("kind").run()
    at.text_input(key=f"all-value-{id}").set_value("lily").run()
    at.button(key=f"all-go-{id}").click().run()
    assert not at.exception
    [latest] = datasets.latest()
    kinds = set(datasets.frame(latest.id)["kind"])
    assert "lily" in kinds
    assert "tulip" not in kinds


def test_a_file_is_read_differently_with_the_table_shown_before(open_page: Open) -> None:
    added = datasets.add("cities.csv", io.BytesIO("x;y\nMünchen;1\nKöln;2\n".encode("cp1252"))).dataset
    at = open_page("data", dataset=added.id)
    at.toggle(key="read-differently").set_value(True).run()
    at.selectbox(key="how-header").set_value(0).run()
    assert list(at.dataframe[-1].value.columns) == ["column 1", "column 2"]
    at.button(key="read-again").click().run()
    assert not at.exception
    assert datasets.get(added.id).rows == 3


def test_any_column_can_be_changed_and_the_change_is_undone(open_page: Open) -> None:
    id = add_flowers()
    at = open_page("data", dataset=id)
    at.selectbox(key=f"change-{id}").set_value("garden").run()
    at.button(key=f"change-{id}-0").click().run()
    assert not at.exception
    assert "garden" not in datasets.frame(datasets.latest()[0].id)
    at.button(key="version-undo").click().run()
    assert [view.id for view in datasets.latest()] == [id]


def test_pasted_rows_become_a_table(open_page: Open) -> None:
    at = open_page("data")
    at.text_area(key="pasted").set_value("text\tlabel\nfine\tgood\nbad\tpoor\n").run()
    at.button(key="read-pasted").click().run()
    assert not at.exception
    [view] = datasets.listed()
    assert (view.name, view.rows, view.columns) == ("Pasted table", 2, 2)


def test_another_file_is_put_below_after_its_differences_are_seen(open_page: Open) -> None:
    id = add_flowers(60)
    csv = flowers(30, 5).drop(columns=["garden"]).to_csv(index=False).encode()
    other = datasets.add("later.csv", io.BytesIO(csv)).dataset.id
    at = open_page("data", dataset=id)
    at.multiselect(key=f"append-{id}").set_value([other]).run()
    assert any("It lacks" in said.value and said.value.endswith("garden") for said in at.markdown)
    at.toggle(key=f"append-source-{id}").set_value(True).run()
    at.button(key=f"append-go-{id}").click().run()
    assert not at.exception
    made = datasets.latest()[0]
    assert (made.rows, made.parent_id) == (90, id)
    assert "30 rows of “later” were put below" in all_words(at)


def test_a_join_shows_what_matches_before_it_is_done(open_page: Open) -> None:
    id = add_flowers(60)
    places = pd.DataFrame({"garden": sorted(flowers(60, 0)["garden"].unique())[1:]}).assign(town="north")
    other = datasets.add("towns.csv", io.BytesIO(places.to_csv(index=False).encode())).dataset.id
    at = open_page("data", dataset=id)
    at.segmented_control(key=f"combine-{id}").set_value("join").run()
    at.selectbox(key=f"join-{id}").set_value(other).run()
    assert at.selectbox(key=f"join-left-{id}-{other}").value == "garden"
    assert not at.exception
    assert "55 of 60 rows find theirs" in all_words(at)
    at.button(key=f"join-go-{id}").click().run()
    assert not at.exception
    assert "town" in datasets.preview(datasets.latest()[0].id, 1)


def test_a_file_of_two_encodings_is_read_as_its_owner_says(open_page: Open) -> None:
    lines = [f"第{n}行,{n}".encode("gb18030" if n % 2 else "utf-8") for n in range(40)]
    at = open_page("data")
    at.file_uploader(key="upload").set_value(("glued.csv", b"\n".join([b"text,n", *lines]), "text/csv")).run()
    assert datasets.listed() == []
    assert at.selectbox(key="encoding-mixed").value == "mixed"
    at.button(key="read-mixed").click().run()
    assert not at.exception
    assert datasets.frame(datasets.listed()[0].id)["text"].tolist() == [f"第{n}行" for n in range(40)]


def test_time_left_is_told_by_the_pace_of_the_last_work_of_its_kind(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    what, going = Text("Putting the columns beside…", "正在并列数据……"), threading.Event()
    monkeypatch.setitem(errands._pace, what, 2.0)
    id = add_flowers(60)
    add_flowers(40)
    first = errands.begin(f"combine-{id}", Text("Another kind", "另一类"), lambda: going.wait(60), 30_000)
    long = errands.begin(f"combine-{id}", what, lambda: going.wait(60), 30_000)
    assert (first.usual_seconds, long.usual_seconds) == (None, 60_000)
    at = open_page("data", dataset=id)
    assert "so far, about 16 h" in all_words(at)
    going.set()
    assert first.wait(60)
    assert long.wait(60)
    assert long.usual_seconds
    assert long.usual_seconds < 60_000


def test_tables_put_together_say_so_and_can_be_taken_apart(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.errands.AT_ONCE", 60)
    id, other = add_flowers(60), add_flowers(40)
    at = open_page("data", dataset=id)
    at.multiselect(key=f"append-{id}").set_value([other]).run()
    at.button(key=f"append-go-{id}").click().run()
    assert not at.exception
    assert "Done: 40 rows of" in all_words(at)
    assert at.session_state["undo"][0].endswith("were put below.")
    at.button(key="undo-button").click().run()
    assert at.query_params["dataset"] == id
