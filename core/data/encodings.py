"""From bytes to text: which encoding a file has, by its content."""

from __future__ import annotations

import re

from core.data.refusals import not_text
from core.words import Text, UserError

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
SAMPLE = 1 << 16
FEW_BROKEN_LINES = 0.002


def decode(data: bytes, name: str) -> tuple[str, str, tuple[Text, ...]]:
    """The text, the encoding's name, and what should be known about it.

    UTF-8 and UTF-16 (with or without a mark), then GB18030 (which holds GBK and GB2312), then Windows-1252.
    Raises UserError where the bytes are no text, or several encodings mixed.
    """
    marked = _marked(data) or _unmarked_utf16(data)
    if marked:
        text = data.decode(marked, errors="replace").lstrip("\ufeff")
        return _text_only(text, name), marked.removesuffix("-sig"), ()
    if b"\x00" in data[:SAMPLE]:
        raise not_text(name)
    try:
        return _text_only(data.decode("utf-8"), name), "utf-8", ()
    except UnicodeDecodeError:
        pass
    lines = data.split(b"\n")
    strange = [number for number, line in enumerate(lines, start=1) if not _is(line, "utf-8")]
    wide = sum(1 for line in lines if not line.isascii() and _is(line, "utf-8"))
    if wide >= 2 and wide >= 0.05 * len(strange):
        return _mostly_utf8(data, lines, strange, name)
    chinese_text = _decoded(data, "gb18030")
    if chinese_text is not None and _reads_as_chinese(chinese_text):
        return _text_only(chinese_text, name), "gb18030", ()
    return _text_only(data.decode("cp1252", errors="replace"), name), "windows-1252", ()


def _marked(data: bytes) -> str | None:
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig" if _is(data, "utf-8") else None
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return "utf-32"
    return "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else None


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: among separators and line ends, every second byte is zero."""
    sample = data[:SAMPLE]
    sample = sample[: len(sample) // 2 * 2]
    if len(sample) < 4 or sample.count(0) < len(sample) * 0.02:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if min(even, odd) > 0.05 * max(even, odd):
        return None
    encoding = "utf-16-be" if even > odd else "utf-16-le"
    text = _decoded(sample, encoding)
    return encoding if text is not None and "\n" in text else None


def _mostly_utf8(data: bytes, lines: list[bytes], strange: list[int], name: str) -> tuple[str, str, tuple[Text, ...]]:
    """UTF-8 with a few broken lines is read with a note; with many it is a mixture, and an error."""
    if len(strange) > max(1, FEW_BROKEN_LINES * len(lines)):
        raise UserError(
            Text(
                "“{name}” mixes two text encodings: {some} of {all} lines (the first is line {line}) are not UTF-8 like the "
                "rest. Were several files joined? Save each part as UTF-8 and join them again.",
                "“{name}”混用了两种文字编码：{all} 行中有 {some} 行（第一处在第 {line} 行）与其余的 UTF-8 不一致。"
                "是否由多个文件拼接而成？请把各部分分别存为 UTF-8 后重新合并。",
            ).fill(name=name, some=f"{len(strange):,}", all=f"{len(lines):,}", line=strange[0])
        )
    note = Text(
        "Line {line} holds bytes that are not valid text; they show as �.",
        "第 {line} 行含有无法识别的字符，已显示为 �。",
    ).fill(line=", ".join(map(str, strange[:5])))
    return _text_only(data.decode("utf-8", errors="replace"), name), "utf-8", (note,)


def _text_only(text: str, name: str) -> str:
    """Raises UserError where control characters show that this is no text."""
    sample = text[:SAMPLE]
    if "\x00" in text or len(_CONTROL.findall(sample)) > 0.005 * len(sample) + 2:
        raise not_text(name)
    return text


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is(data: bytes, encoding: str) -> bool:
    return _decoded(data, encoding) is not None


def _reads_as_chinese(text: str) -> bool:
    """Whether most of the non-ASCII characters are common Chinese ones (GB2312), not accents taken for Chinese."""
    strange = re.findall(r"[^\x00-\x7f]", text[:500_000])
    common = sum(1 for character in strange if _encodable(character))
    return common >= 0.8 * len(strange)


def _encodable(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
