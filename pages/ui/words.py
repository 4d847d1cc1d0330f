"""Figures, times and users' own words as a person reads them, in both languages."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from core.words import Language
from pages.ui.language import language

_SPECIAL = re.compile(r"(?<=[^\W_])(?:_+|-)(?=[^\W_])|([\\`*_{}\[\]()<>#+\-!|~$^&=])")
"""What Markdown could read as more than itself. Inside a word _ and - say nothing to it, and an escape would be read out
where a label becomes an accessible name."""
_NUMBERED = re.compile(r"^(\s*\d+)\.")


def plain(words: object) -> str:
    """A user's own words for places that read markdown (labels, st.markdown): nothing in them is interpreted."""
    line = " ".join(str(words).split())
    line = re.sub(r":(?=[\w+/\-]+(:|\[))", ":\u2060", line)
    line = re.sub(r"(?<=[a-z])://", ":\u2060//", re.sub(r"(?i)\bwww\.", "www\u2060.", line))
    return _NUMBERED.sub(r"\1\\.", _SPECIAL.sub(lambda found: f"\\{found[1]}" if found[1] else found[0], line))


def shorten(words: object, length: int = 40) -> str:
    """At most `length` characters, an ellipsis in place of the rest."""
    line = " ".join(str(words).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def file_stem(words: str) -> str:
    """A name as a file may be called on any system."""
    return shorten(re.sub(r'[\x00-\x1f<>:"/\\|?*]+', " ", words).strip(" ."), 60) or "modelwright"


def count(number: float) -> str:
    """12345 -> 12,345."""
    return f"{number:,.0f}"


def percent(share: float, digits: int = 0) -> str:
    """0.8439 -> 84%."""
    return f"{share * 100:.{digits}f}%"


def interval(low: float, high: float) -> str:
    """Two shares as a range: 83–86%."""
    return f"{low * 100:.0f}–{high * 100:.0f}%"


def figure(number: float) -> str:
    """Three significant digits with separators: 1234567 -> 1,230,000; 0.01234 -> 0.0123."""
    if number == 0 or math.isnan(number):
        return "0" if number == 0 else "–"
    if abs(number) >= 1000:
        digits = len(str(int(abs(number)))) - 3
        return f"{round(number, -digits):,.0f}"
    text = f"{number:.3g}"
    return text if "e" in text else f"{float(text):g}"


def duration(seconds: float | None) -> str:
    """220 -> 3 min 40 s / 3 分 40 秒; coarser the longer it is."""
    zh = language() == "zh"
    if seconds is None:
        return "–"
    if seconds < 1:
        return "不到 1 秒" if zh else "under 1 s"
    whole = round(seconds)
    if whole >= 5400:
        hours, minutes = divmod(round(whole / 60), 60)
        return _joined(hours, "小时" if zh else "h", minutes, "分" if zh else "min")
    if whole >= 600:
        return f"{round(whole / 60)} {'分钟' if zh else 'min'}"
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{rest} {'秒' if zh else 's'}"
    unit = ("分" if rest else "分钟") if zh else "min"
    return _joined(minutes, unit, rest, "秒" if zh else "s")


def _joined(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"


def about(seconds: float | None) -> str:
    """An estimate, rounded to what one may believe: about 2 min / 约 2 分钟."""
    zh = language() == "zh"
    if seconds is None:
        return "–"
    if seconds < 10:
        return "几秒" if zh else "a few seconds"
    if seconds < 50:
        tens = max(10, round(seconds / 10) * 10)
        return f"约 {tens} 秒" if zh else f"about {tens} s"
    if seconds < 5400:
        minutes = max(1, round(seconds / 60))
        return f"约 {minutes} 分钟" if zh else f"about {minutes} min"
    hours = round(seconds / 1800) / 2
    return f"约 {hours:g} 小时" if zh else f"about {hours:g} h"


def size(number: float) -> str:
    """Bytes: 91 MB, 1.2 GB."""
    for unit in ("B", "KB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            return f"{number:.0f} {unit}" if number >= 10 or unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return "–"


def when(moment: datetime | None) -> str:
    """A time in UTC as people say it: just now, 5 min ago, 3 Mar 2026."""
    if moment is None:
        return "–"
    zh = language() == "zh"
    ago = (datetime.now(UTC).replace(tzinfo=None) - moment.replace(tzinfo=None)).total_seconds()
    if ago < 45:
        return "刚刚" if zh else "just now"
    if ago < 3600:
        minutes = max(1, round(ago / 60))
        return f"{minutes} 分钟前" if zh else f"{minutes} min ago"
    if ago < 86400:
        hours = round(ago / 3600)
        return f"{hours} 小时前" if zh else f"{hours} h ago"
    if ago < 7 * 86400:
        days = round(ago / 86400)
        return f"{days} 天前" if zh else (f"{days} days ago" if days > 1 else "yesterday")
    return day(moment, language())


def day(moment: datetime, wanted: Language) -> str:
    """3 Mar 2026 / 2026 年 3 月 3 日."""
    if wanted == "zh":
        return f"{moment.year} 年 {moment.month} 月 {moment.day} 日"
    return f"{moment.day} {moment:%b %Y}"


def listed(names: list[str]) -> str:
    """a, b and c / a、b 和 c."""
    if len(names) < 2:
        return "".join(names)
    head, tail = names[:-1], names[-1]
    return f"{'、'.join(head)}和{tail}" if language() == "zh" else f"{', '.join(head)} and {tail}"
