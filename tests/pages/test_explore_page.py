"""Explore: picking columns, filtering, keeping views, taking numbers along."""

from __future__ import annotations

import json
from dataclasses import replace

from core.services import exploring
from core.views import Crossed, View
from core.words import same
from pages.ui.cards import table_bytes
from pages.ui.explored import upright
from tests.house import add_flowers
from tests.pages.conftest import Open, all_words


def test_picking_columns_draws_them_and_the_address_keeps_the_view(open_page: Open) -> None:
    id = add_flowers()
    at = open_page("explore", dataset=id)
    assert "Where to begin" in all_words(at)
    at.multiselect(key=f"explore-{id}-columns").set_value(["kind"]).run()
    assert not at.exception
    assert "Most frequent in “kind”" in all_words(at)
    assert len(at.get("plotly_chart")) == 1
    at.multiselect(key=f"explore-{id}-columns").set_value(["kind", "width_a"]).run()
    at.selectbox(key=f"explore-{id}-figure").set_value("max").run()
    assert "Highest “width" in all_words(at).replace("\\", "")
    again = open_page("explore", dataset=id, view=json.dumps({"columns": ["kind", "width_a"], "figure": "max"}))
    assert "Highest “width" in all_words(again).replace("\\", "")


def test_a_filter_narrows_the_rows_and_one_that_nothing_fits_is_said(open_page: Open) -> None:
    id = add_flowers()
    at = open_page("explore", dataset=id, view=json.dumps({"columns": ["kind"]}))
    at.multiselect(key=f"explore-{id}-filters").set_value(["width_a"]).run()
    at.text_input(key=f"explore-{id}-filter-width_a-low").set_value("3").run()
    assert "of 120 rows, by your filters" in all_words(at)
    at.text_input(key=f"explore-{id}-filter-width_a-low").set_value("a lot").run()
    assert not at.exception
    assert "is no limit" in all_words(at)


def test_the_longer_side_of_a_crossed_table_goes_down_a_phones_page() -> None:
    wide = Crossed(("e-mail", "app"), ("ask", "order", "return"), ((1, 2, 3), (4, 5, None)), same("way"), same("what"))
    assert upright(wide, narrow=False) is wide
    turned = upright(wide, narrow=True)
    assert (turned.rows, turned.columns) == (wide.columns, wide.rows)
    assert turned.values == ((1, 4), (2, 5), (3, None))
    assert (turned.row_title.en, turned.column_title.en) == ("what", "way")
    assert upright(turned, narrow=True) is turned
    ranges = replace(wide, ordered=True)
    assert upright(ranges, narrow=True) is ranges


def test_a_view_is_kept_opened_again_and_removed(open_page: Open) -> None:
    id = add_flowers()
    at = open_page("explore", dataset=id, view=json.dumps({"columns": ["kind"]}))
    at.text_input(key="view-name").set_value("Kinds").run()
    at.button(key="save-view").click().run()
    assert exploring.saved(id) == {"Kinds": View(("kind",))}
    at = open_page("explore", dataset=id)
    at.button(key="saved-0").click().run()
    assert "Most frequent in “kind”" in all_words(at)
    at.button(key="forget").click().run()
    assert exploring.saved(id) == {}


def test_the_data_page_leads_here_and_a_stranger_view_does_no_harm(open_page: Open) -> None:
    id = add_flowers()
    at = open_page("data", dataset=id)
    assert any("Explore" in link.proto.label for link in at.get("page_link"))
    at = open_page("explore", dataset=id, view='{"columns": ["gone", 3], "filters": [{"column": "gone", "low": 1}]}')
    assert not at.exception
    assert "Where to begin" in all_words(at)


def test_numbers_taken_along_run_nothing_in_a_spreadsheet(open_page: Open) -> None:
    import pandas as pd

    text = table_bytes(pd.DataFrame({"by": ["=1+1", "fine"], "rows": [1, 2]}), "csv").decode("utf-8-sig")
    assert "'=1+1" in text
