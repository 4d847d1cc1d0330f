"""The report as one HTML file that needs nothing else: charts as SVG, fonts inside, no script. Every word is escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from core.report import fonts
from core.report.contents import Contents
from core.theme import LIGHT


def html(contents: Contents) -> str:
    def drawn(chinese: str | None) -> str:
        return _template().render(it=contents, theme=LIGHT, inter=fonts.inter(), chinese=chinese)

    return drawn(fonts.chinese(drawn(None)))


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("report.html")
