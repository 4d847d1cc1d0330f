"""The way in for large files: the browser streams them to the disk, with progress, and nothing of it stays in memory.

A component, because Streamlit's own uploader keeps what it takes in the memory of the web process.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core.config import config
from core.services import sign_in
from core.services.uploads import UPLOAD
from pages.ui.language import language, t

_HTML = """<input type="file" data-part="input" hidden tabindex="-1">
<div class="line"><button type="button" data-part="pick"></button><button type="button" data-part="stop" hidden></button></div>
<div class="bar" data-part="bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" hidden><div data-part="fill"></div></div>
<p data-part="said" role="status"></p>"""
_CSS = """button { font: inherit; font-size: 14px; padding: 8px 14px; border-radius: 8px; cursor: pointer; background: transparent;
  color: var(--st-text-color); border: 1px solid var(--st-border-color); }
button:hover { border-color: var(--st-primary-color); color: var(--st-primary-color); }
button:disabled { opacity: .5; cursor: default; }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.line { display: flex; gap: 8px; flex-wrap: wrap; }
.bar { height: 6px; margin-top: 12px; border-radius: 3px; background: var(--st-secondary-background-color); overflow: hidden; }
.bar > div { height: 100%; width: 0; background: var(--st-primary-color); }
p { margin: 8px 0 0; font-size: 14px; color: var(--st-text-color); opacity: .8; min-height: 1.4em; }"""
_component = st.components.v2.component(
    "modelwright_large_file",
    html=_HTML,
    css=_CSS,
    js=(Path(__file__).parent / "large_file.js").read_text("utf-8"),
)


def large_file(encoding: str | None = None) -> dict[str, Any] | None:
    """`encoding`: how its owner says that its text is encoded. The dataset that a large file became, as {"id", "known"}, in the run after it came in."""
    limit = config().max_upload_mb
    words = {
        "pick": t("Choose a large file", "选择大文件"),
        "stop": t("Stop", "停止"),
        "sending": t("Sending {done} of {all} MB, about {left} left", "已传 {done} / {all} MB，约剩 {left}"),
        "reading": t(
            "All of it has arrived. Reading the table, {time} so far. You can leave this page; the data will be listed here.",
            "文件已传完，正在读取表格，已用时 {time}。您可以离开本页，完成后会列在这里。",
        ),
        "seconds": t("s", "秒"),
        "minutes": t("min", "分钟"),
        "large": t("That file is larger than {limit} MB.", "文件超过 {limit} MB。", limit=limit),
        "failed": t("The file did not arrive. Try again.", "文件未能传完，请重试。"),
        "stopped": t("Stopped. Nothing was kept.", "已停止，未保存任何内容。"),
    }
    data = {
        "address": UPLOAD,
        "ticket": st.session_state.setdefault("upload-ticket", sign_in.new_ticket()),
        "most": limit * 1024 * 1024,
        "encoding": encoding or "",
        "language": language(),
        "words": words,
    }
    return _component(key="large-file", data=data, height="content", on_added_change=lambda: None).added
