"""The report as PDF, set by Typst: no browser, no system library; fonts embedded, each with the characters it needs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from core.report.contents import Contents
from core.report.fonts import HERE, chinese_folder
from core.theme import LIGHT

TEMPLATE = Path(__file__).parent / "report.typ"


def pdf(contents: Contents) -> bytes:
    import typst

    said = json.dumps({**asdict(contents), "theme": asdict(LIGHT)}, ensure_ascii=False)
    fonts = [str(folder) for folder in (HERE, chinese_folder()) if folder]
    return typst.compile(str(TEMPLATE), font_paths=fonts, ignore_system_fonts=True, sys_inputs={"contents": said})
