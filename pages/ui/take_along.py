"""What a visitor can take along of a run: the report to hand on, and the model itself."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from core.services import reports, runs, takeaway
from core.words import LANGUAGES, Language, Text
from pages.ui import layout
from pages.ui.language import NAMES, language, t
from pages.ui.words import file_stem

REPORT = Text("report", "报告")

MIME = {"pdf": "application/pdf", "html": "text/html"}
MOST_BYTES = 500 * 1024**2
"""A larger model goes by the shell: a download lies in memory while it is sent."""


def figures(run: runs.RunView) -> dict[str, Any]:
    """The user's own figures for the money, the same object throughout a visit: who changes them changes it, so that
    a report made at a click has them as they are then."""
    return st.session_state.setdefault(f"figures-{run.id}", {})


def report_button(run: runs.RunView) -> None:
    """One click: the report as PDF in the page's language, made when it is clicked."""
    _report(run, language(), "pdf", t("Report", "报告"), key="report")


def section(run: runs.RunView) -> None:
    """The report in every language and form."""
    with st.container(key="card-take-along", border=True, gap="small"):
        with st.container(key="cardhead-take-along"):
            st.markdown(f"### {t('A report to hand on', '可转交的报告')}")
            layout.quiet(
                t(
                    "Verdict, figures, money and limits on one page, then everything behind them. It holds no rows of your data.",
                    "首页是结论、关键数字、收益与局限，后面是全部依据。报告不含您的数据行。",
                )
            )
        with st.container(horizontal=True):
            for wanted in LANGUAGES:
                for format in ("pdf", "html"):
                    _report(run, wanted, format, f"{format.upper()} · {NAMES[wanted]}", key=f"report-{wanted}-{format}")


def _report(run: runs.RunView, wanted: Language, format: reports.Format, label: str, key: str) -> None:
    st.download_button(
        label,
        data=partial(reports.content, run.id, wanted, format, figures(run)),
        file_name=f"{file_stem(run.name)}-{REPORT.in_(wanted)}.{format}",
        mime=MIME[format],
        key=key,
        type="tertiary",
        icon=":material/description:",
        on_click="ignore",
    )


def model(run: runs.RunView) -> None:
    """The model as an archive that runs elsewhere."""
    with st.container(key="card-take-model", border=True, gap="small"):
        with st.container(key="cardhead-take-model"):
            st.markdown(f"### {t('Take the model with you', '带走模型')}")
            layout.quiet(
                t(
                    "A ZIP with the weights and a short program that gives the same answers without Modelwright. Keep it as you keep your data: a model can hold words and names of the rows it learned from.",
                    "ZIP 中有权重和一个简短的程序，无需安装模匠即可得到同样的答案。请像保管数据一样保管它：模型中可能留有训练数据里的词语和名称。",
                )
            )
        if runs.size(run.id) > MOST_BYTES:
            layout.quiet(t("This model is large. In a shell, write:", "这个模型较大，请在命令行中执行："))
            st.code(f"python -m core export {run.id} --out model.zip", language=None)
            return
        onnx = takeaway.onnx_is_possible(run.id) and st.checkbox(
            t("With its networks as ONNX", "包含 ONNX 格式的网络"),
            key="take-onnx",
            help=t(
                "For programmers who run it elsewhere. Checked against the model on test rows; takes about half a minute.",
                "供程序员在其他系统中运行。会用测试数据与模型核对，约需半分钟。",
            ),
        )
        st.download_button(
            t("Model as ZIP", "模型（ZIP）"),
            data=partial(takeaway.content, run.id, language(), onnx),
            file_name=f"{file_stem(run.name)}.zip",
            mime="application/zip",
            key="take-model",
            icon=":material/download:",
            on_click="ignore",
        )
