"""From bytes to UTF-8: which encoding a file has, by its content or by its owner's word."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass

import charset_normalizer

from core.data import limits
from core.data.refusals import MixedEncodings, not_text
from core.words import Text

MIXED = "mixed"
"""The owner's word for a file glued together: every line is UTF-8 or else GB18030."""
ENCODINGS = (
    "utf-8", "gb18030", "windows-1252", "utf-16-le", "utf-16-be", "latin-1", "big5", "shift_jis", "euc_kr",
    "windows-1250", "windows-1251", MIXED,
)  # fmt: skip
"""What an owner can choose from."""
OTHER_SCRIPTS = [
    "big5",
    "big5hkscs",
    "shift_jis",
    "euc_jp",
    "euc_kr",
    "cp949",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1255",
    "cp1256",
    "cp874",
]
FREQUENT = set(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去"
    "法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日很房店电公司服务名号价差评酒早"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
SAMPLE = 1 << 16
CHUNK = 1 << 24
FEW_BROKEN_LINES = 0.002


@dataclass(frozen=True)
class Decoded:
    """`data` is the text in UTF-8 without a mark; `notes` is what should be known about it, `aside` the lines
    (number, text) that are no text in this encoding: they are left blank in `data`."""

    data: bytes
    encoding: str
    notes: tuple[Text, ...] = ()
    aside: tuple[tuple[int, str], ...] = ()


def decode(data: bytes, name: str, encoding: str | None = None) -> Decoded:
    """The text, by content or in the encoding said.

    Found are UTF-8 and UTF-16 (with or without a mark), GB18030 (which holds GBK and GB2312), Windows-1252, and other
    scripts as charset-normalizer tells them. Raises UserError where the bytes are no text, or several encodings mixed.
    """
    if encoding:
        return _as_told(data, name, encoding)
    marked = _marked(data) or _unmarked_utf16(data)
    if marked and marked != "utf-8-sig":
        text = data.decode(marked, errors="replace").lstrip("\ufeff")
        return Decoded(_text_only(text.encode("utf-8", "replace"), name), marked)
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\x00" in data[:SAMPLE]:
        raise not_text(name)
    if _is_utf8(data):
        return Decoded(_text_only(data, name), "utf-8")
    lines = data.split(b"\n")
    strange = [number for number, line in enumerate(lines, start=1) if not _is(line, "utf-8")]
    wide = sum(1 for line in lines if not line.isascii() and _is(line, "utf-8"))
    if wide >= 2 and wide >= 0.05 * len(strange):
        return _mostly_utf8(data, lines, strange, name)
    return _legacy(data, name)


def _as_told(data: bytes, name: str, encoding: str) -> Decoded:
    """Lines that are no text in this encoding are set aside. Raises UserError for an encoding that is not among ENCODINGS
    (or what `decode` finds)."""
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        codec = "utf-8" if encoding == MIXED else codecs.lookup(encoding).name
        text = data.decode(codec, errors="replace" if codec.startswith(("utf-16", "utf-32")) else "strict")
        return Decoded(_text_only(text.lstrip("\ufeff").encode("utf-8", "replace"), name), encoding)
    except UnicodeDecodeError:
        return _line_by_line(data, name, encoding, "gb18030" if encoding == MIXED else codec)
    except (LookupError, UnicodeError):
        raise not_text(name) from None


def _line_by_line(data: bytes, name: str, encoding: str, codec: str) -> Decoded:
    lines, aside = data.split(b"\n"), []
    for place, line in enumerate(lines):
        if encoding == MIXED and _is(line, "utf-8"):
            continue
        try:
            lines[place] = line.decode(codec).encode()
        except UnicodeDecodeError:
            aside.append((place + 1, line.decode(codec, "replace").rstrip("\r")))
            lines[place] = b""
    note = Text(
        "{n} lines hold bytes that are no {encoding}; they were set aside and can be downloaded.",
        "有 {n} 行含有不属于 {encoding} 编码的内容，已单独放在一边，可以下载查看。",
    )
    said = "UTF-8 / GB18030" if encoding == MIXED else encoding.upper()
    notes = (note.fill(n=f"{len(aside):,}", encoding=said),) if aside else ()
    return Decoded(_text_only(b"\n".join(lines), name), encoding, notes, tuple(aside[: limits.MAX_SET_ASIDE]))


def _legacy(data: bytes, name: str) -> Decoded:
    """Chinese, else another script where most letters are outside of ASCII, else Western European, but for bytes that no
    Western text holds and a Chinese one may."""
    chinese = _decoded(data, "gb18030")
    is_chinese = chinese is not None and _reads_as_chinese(chinese)
    if not (chinese is not None and is_chinese and _has_frequent(chinese)):
        other = _other_script(data)
        if other:
            return Decoded(_text_only(data.decode(other, errors="replace").encode("utf-8", "replace"), name), other)
    if chinese is not None and (is_chinese or not _is(data, "cp1252")):
        return Decoded(_text_only(chinese.encode(), name), "gb18030")
    return Decoded(_text_only(data.decode("cp1252", errors="replace").encode(), name), "windows-1252")


def _other_script(data: bytes) -> str | None:
    """What charset-normalizer takes it for, where letters outside of ASCII stand in rows, as they do not in Western languages."""
    sample = data[:SAMPLE]
    strange = sum(map(len, re.findall(rb"[\x80-\xff]+", sample)))
    in_words = sum(map(len, re.findall(rb"[\x80-\xff]{3,}|(?:[\x80-\xff][\x40-\x7e]){3,}", sample)))
    if strange < 40 or in_words < 0.6 * strange:
        return None
    sample = sample[: sample.rfind(b"\n") + 1] or sample
    best = charset_normalizer.from_bytes(sample, cp_isolation=OTHER_SCRIPTS).best()
    return best.encoding if best is not None and best.encoding != "ascii" else None


def _marked(data: bytes) -> str | None:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
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


def _mostly_utf8(data: bytes, lines: list[bytes], strange: list[int], name: str) -> Decoded:
    """UTF-8 with a few broken lines is read with a note; with many it is a mixture, and an error."""
    if len(strange) > max(1, FEW_BROKEN_LINES * len(lines)):
        raise MixedEncodings(
            Text(
                "“{name}” mixes two text encodings: {some} of {all} lines (the first is line {line}) are not UTF-8 like the "
                "rest. Were several files joined? Say below how to read it, or save each part as UTF-8 and join them again.",
                "“{name}”混用了两种文字编码：{all} 行中有 {some} 行（第一处在第 {line} 行）与其余的 UTF-8 不一致。"
                "是否由多个文件拼接而成？请在下方选择读取方式，或把各部分分别存为 UTF-8 后重新合并。",
            ).fill(name=name, some=f"{len(strange):,}", all=f"{len(lines):,}", line=strange[0])
        )
    note = Text(
        "Line {line} holds bytes that are not valid text; they show as �.",
        "第 {line} 行含有无法识别的字符，已显示为 �。",
    ).fill(line=", ".join(map(str, strange[:5])))
    return Decoded(_text_only(data.decode("utf-8", errors="replace").encode(), name), "utf-8", (note,))


def _text_only(data: bytes, name: str) -> bytes:
    """Raises UserError where control characters show that this is no text."""
    sample = data[:SAMPLE].decode("utf-8", "ignore")
    if b"\x00" in data or len(_CONTROL.findall(sample)) > 0.005 * len(sample) + 2:
        raise not_text(name)
    return data


def _is_utf8(data: bytes) -> bool:
    """Looked through in pieces, so that no second copy of a large file is made."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), CHUNK):
            decoder.decode(data[start : start + CHUNK], final=start + CHUNK >= len(data))
    except UnicodeDecodeError:
        return False
    return True


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


def _has_frequent(text: str) -> bool:
    """Whether the most frequent Chinese characters are there as often as in any Chinese text; a short one passes."""
    counts = Counter(re.findall(r"[\u4e00-\u9fff]", text[:SAMPLE]))
    total = counts.total()
    return total < 100 or sum(counts[letter] for letter in FREQUENT) >= 0.06 * total


def _encodable(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
