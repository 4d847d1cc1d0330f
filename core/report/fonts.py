"""The fonts of a report: Inter from assets, Noto Sans SC (OFL) from its package, cut down to the characters in use."""

from __future__ import annotations

import base64
import io
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from core.config import ROOT

HERE = ROOT / "assets" / "fonts"
INTER = HERE / "inter-latin.woff2"
PACKAGE, FILE = "pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"
"""A package that only carries the font: it is located, never imported."""
BEYOND_LATIN = "\u2e7f"
FULL_WIDTH = "“”‘’…—·"


@cache
def chinese_folder() -> Path | None:
    """Where the Chinese font lies; None where its package is not installed."""
    found = find_spec(PACKAGE)
    for place in (found.submodule_search_locations or ()) if found else ():
        if (Path(place) / FILE).is_file():
            return Path(place)
    return None


def inter() -> str:
    """Inter as a data address of WOFF2."""
    return f"data:font/woff2;base64,{base64.b64encode(INTER.read_bytes()).decode()}"


def chinese(text: str) -> str | None:
    """The Chinese font with only the text's characters, as a data address of WOFF; None where it has none of them."""
    folder = chinese_folder()
    wanted = {character for character in text if character > BEYOND_LATIN}
    if folder is None or not wanted:
        return None
    from fontTools import subset

    options = subset.Options(
        flavor="woff", hinting=False, layout_features=["kern", "locl", "palt"], notdef_outline=True
    )
    with subset.load_font(folder / FILE, options) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=[ord(character) for character in {*wanted, *FULL_WIDTH}])
        cutter.subset(font)
        made = io.BytesIO()
        subset.save_font(font, made, options)
    return f"data:font/woff;base64,{base64.b64encode(made.getvalue()).decode()}"
