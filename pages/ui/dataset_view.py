"""What is in a table: figures at a glance, its first rows, and how it was read and prepared."""

from __future__ import annotations

import streamlit as st

from core.data.profile import Profile
from core.services import connections, datasets
from pages.ui import layout, versions
from pages.ui.connections import asked_of
from pages.ui.language import t
from pages.ui.reading_form import reading_form
from pages.ui.words import count, plain


def at_a_glance(profile: Profile) -> None:
    cells = profile.rows * len(profile.columns)
    missing = sum(column.missing for column in profile.columns)
    share = missing / cells if cells else 0
    layout.figures(
        [
            (t("Rows", "行数"), count(profile.rows), None),
            (t("Columns", "列数"), count(len(profile.columns)), None),
            (
                t("Empty cells", "空单元格"),
                layout.small_share(share),
                t(
                    "{n} of {all} cells hold nothing.",
                    "{all} 个单元格中有 {n} 个为空。",
                    n=count(missing),
                    all=count(cells),
                ),
            ),
            (
                t("Repeated rows", "重复行"),
                count(profile.duplicate_rows),
                t("Rows that equal an earlier row in every column.", "所有列都与前面某行完全相同的行。"),
            ),
        ]
    )


def how_it_was_read(view: datasets.DatasetView) -> None:
    """What reading found, then what was done to the table since."""
    for found in view.notes:
        st.markdown(f":material/check: {plain(t(found))}")
    if connections.asked(view.id):
        asked_of(view)
    else:
        reading_form(view)
    layout.heading(
        t("Preparation", "数据处理"),
        t("The same steps prepare files that you hand in later.", "以后提交的文件也会按同样的步骤处理。"),
    )
    if not view.recipe:
        layout.say(t("Nothing was changed: this is the data as you brought it.", "没有任何改动，与导入时一致。"))
    versions.recipe(view.recipe)
