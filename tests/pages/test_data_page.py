"""Data: bringing, looking, renaming, deleting and taking back."""

from __future__ import annotations

from core.data.recipe import Step
from core.services import datasets
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


def test_the_same_bytes_are_recognised(open_page: Open) -> None:
    known = add_flowers(60)
    at = open_page("data")
    csv = flowers(60, 0).to_csv(index=False).encode()
    at.file_uploader(key="upload").set_value(("again.csv", csv, "text/csv")).run()
    assert "You brought this very file before" in all_words(at)
    assert [view.id for view in datasets.listed()] == [known]


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


def test_a_repaired_version_says_what_was_done_and_leads_back(open_page: Open) -> None:
    id = add_flowers()
    repaired = datasets.fix(id, Step("drop_columns", ("garden",)))
    at = open_page("data", dataset=repaired.id)
    assert "Left out garden" in all_words(at)
    assert any("Go back to the version before" in link.proto.label for link in at.get("page_link"))


def test_a_name_cannot_bring_markup_into_the_page(open_page: Open) -> None:
    id = add_flowers()
    datasets.rename(id, "**bold** [x](evil) :red[hot]")
    at = open_page("data", dataset=id)
    assert r"\*\*bold\*\*" in at.title[0].value
    assert r"\[x\]\(" in at.title[0].value
