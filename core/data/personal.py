"""Personal data, found and masked by one set of rules wherever it stands: e-mail addresses, phone, bank card, account and
identity numbers, English and Chinese forms, in conversations, cells and whole columns; names and addresses by a column's name.

Numbers with a check digit must pass it (cards: Luhn; identity cards of China: ISO 7064 MOD 11-2; IBAN: ISO 7064 MOD
97-10), so that order numbers are left alone.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from core.words import Text

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = {
    "email": Text("e-mail addresses", "邮箱地址"),
    "identity": Text("identity numbers", "证件号码"),
    "account": Text("bank accounts", "银行账号"),
    "card": Text("card numbers", "银行卡号"),
    "phone": Text("telephone numbers", "电话号码"),
}
MARKS = {
    "email": Text("[email]", "[邮箱]"),
    "identity": Text("[ID number]", "[证件号]"),
    "account": Text("[account]", "[账号]"),
    "card": Text("[card number]", "[卡号]"),
    "phone": Text("[phone]", "[电话]"),
}
PEOPLE = {
    "name": Text("names of people", "姓名"),
    "address": Text("addresses", "地址"),
}
"""What only a column's name tells; it cannot be masked piece by piece."""
COMPANY = 3
"""An address or number in so many different answers is the company's own, not a customer's."""
READY_MADE = 5
"""So is one in an answer to so many different questions."""
SLOT = re.compile(r"\{\{\s*([^{}]{1,60}?)\s*\}\}")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@[A-Za-z0-9][A-Za-z0-9\-]{0,62}(?:\.[A-Za-z0-9\-]{1,63})+")
_CHINA_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])")
_SSN = re.compile(r"(?<![\d\-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d\-])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_CARD = re.compile(r"(?<![\d\-])\d(?:[ \-]?\d){12,18}(?![\d\-])")
_LONG_NUMBER = re.compile(r"\d{12,18}[\dXx]")
_PHONES = (
    re.compile(r"(?<![\d\-])(?:\+?86[ \-]?)?1[3-9]\d[ \-]?\d{4}[ \-]?\d{4}(?![\d\-])"),
    re.compile(r"(?<![\d\-])0\d{2,3}[ \-]\d{7,8}(?![\d\-])"),
    re.compile(r"(?<![\d\-])[48]00[ \-]\d{3,4}[ \-]\d{3,4}(?![\d\-])"),
    re.compile(r"(?<![\d\w])\+\d{1,3}(?:[ \-.]?\(?\d{1,4}\)?){2,5}(?!\d)"),
    re.compile(r"(?<![\d\-])\(\d{3}\) ?\d{3}[ \-.]\d{4}(?!\d)"),
    re.compile(r"(?<![\d\-.])\d{3}[\-. ]\d{3}[\-. ]\d{4}(?![\d\-])"),
    re.compile(r"(?<![\d\-])0\d{3,4}[ \-]\d{3}[ \-]?\d{3,4}(?![\d\-])"),
    re.compile(r"(?<![\d\-])0[1-9]\d{9}(?![\d\-])"),
)
_HINT = r"[@＠]|(?:[0-9０-９][ 　\-－.．()（）]*){7}"
"""What every piece holds: an at sign or seven figures; it reads the same to Python and to RE2."""
_HINTED = re.compile(_HINT)
MOSTLY = 0.9
_NAMED = {
    "name": re.compile(
        r"^(full|first|last|middle|family|given|customer|client|contact|sur)?[\s_-]?name$|姓名|^名字$|联系人|客户名",
        re.IGNORECASE,
    ),
    "address": re.compile(
        r"^(street|home|postal|mailing|shipping|billing)?[\s_-]?address([\s_-]?\d)?$|^地址$|住址|收货地址|详细地址",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True)
class Masked:
    """Texts without personal data, in their order, and how many of each kind were found."""

    texts: list[str]
    counts: dict[str, int] = field(default_factory=dict)


def mask(texts: Iterable[str], keep: Iterable[str] = (), marks: Mapping[str, str] | None = None) -> Masked:
    """Every piece of personal data becomes a mark such as [phone], in the text's language. What is in `keep` stays. `marks`:
    only these kinds, each with its mark ("": the usual one)."""
    kept, counts = set(keep), Counter[str]()
    out = [_masked(text, kept, dict.fromkeys(KINDS, "") if marks is None else marks, counts) for text in texts]
    return Masked(out, {kind: counts[kind] for kind in KINDS if counts[kind]})


def in_cells(cells: pa.Array, counts: np.ndarray) -> dict[str, int]:
    """kind -> rows that hold it. Different cells of text, each with the number of its rows; empty where none holds any.

    One in ten long numbers passes a check digit by chance: cells that are nothing else count where most of them pass."""
    import pyarrow.compute as pc

    rows, bare, numbers = Counter[str](), Counter[str](), 0
    hinted = pc.match_substring_regex(cells, _HINT).to_numpy(zero_copy_only=False).astype(bool)
    for place in np.flatnonzero(hinted):
        cell = cells[place].as_py()
        alone = bool(_LONG_NUMBER.fullmatch(cell.strip()))
        numbers += int(counts[place]) * alone
        for kind in {kind for kind, *_ in _found(cell)}:
            (bare if alone else rows)[kind] += int(counts[place])
    rows.update({kind: hits for kind, hits in bare.items() if 2 * hits > numbers})
    return {kind: rows[kind] for kind in KINDS if rows[kind]}


def of_column(name: str, sample: Sequence[str]) -> str | None:
    """What nearly every one of these cells is: a key of KINDS or PEOPLE; None for nothing personal."""
    if not sample:
        return None
    whole = Counter(kind for cell in sample if (kind := _whole(cell)))
    for kind, cells in whole.most_common(1):
        if cells >= MOSTLY * len(sample):
            return kind
    wordy = sum(not re.search(r"\d{5,}|@", cell) and not cell.replace(".", "").isdigit() for cell in sample)
    named = next((kind for kind, pattern in _NAMED.items() if pattern.search(name)), None)
    return named if wordy >= MOSTLY * len(sample) else None


def inside(texts: Sequence[str]) -> tuple[str, ...]:
    """What at least one in two hundred of these longer texts holds somewhere, and at least two of them."""
    holding = Counter(kind for text in texts for kind in {kind for kind, *_ in _found(text)})
    return tuple(kind for kind in KINDS if holding[kind] >= max(2, 0.005 * len(texts)))


def of_the_company(answers: Sequence[str], questions: Sequence[str]) -> set[str]:
    """Addresses and numbers that stand in so many different answers, or in a ready-made answer to so many different
    questions, that they are the company's own. A customer's stand in what few were told."""
    told: defaultdict[str, set[str]] = defaultdict(set)
    asked: defaultdict[str, set[str]] = defaultdict(set)
    known: dict[str, set[str]] = {}
    for answer, question in zip(answers, questions, strict=True):
        if answer not in known:
            known[answer] = {said for _, said, _, _ in _found(answer)}
        for said in known[answer]:
            told[said].add(answer)
            asked[said].add(" ".join(question.casefold().split()))
    return {said for said in told if len(told[said]) >= COMPANY or len(asked[said]) >= READY_MADE}


def slots(texts: Iterable[str]) -> Counter[str]:
    """Placeholders such as {{Order Number}} and how often they stand in the texts."""
    return Counter(name for text in texts for name in SLOT.findall(text))


def _masked(text: str, keep: set[str], marks: Mapping[str, str], counts: Counter[str]) -> str:
    found = [one for one in _found(text) if one[0] in marks and one[1] not in keep]
    language = "zh" if found and _CHINESE.search(text) else "en"
    for kind, _, start, end in reversed(found):
        counts[kind] += 1
        text = text[:start] + (marks[kind] or MARKS[kind].in_(language)) + text[end:]
    return text


def _whole(cell: str) -> str | None:
    """The kind of personal data that the cell is and nothing else."""
    found = _found(cell.strip())
    return found[0][0] if len(found) == 1 and found[0][2:] == (0, len(cell.strip())) else None


def _found(text: str) -> list[tuple[str, str, int, int]]:
    """(kind, what, start, end) in the order of the text, none overlapping, the surer kinds first."""
    if not _HINTED.search(text):
        return []
    plain = text.translate(_WIDE)
    taken: list[tuple[str, str, int, int]] = []
    for kind, pattern, holds in _RULES:
        for match in pattern.finditer(plain):
            start, end = match.span()
            if holds(match.group()) and not any(start < other[3] and other[2] < end for other in taken):
                taken.append((kind, match.group(), start, end))
    return sorted(taken, key=lambda one: one[2])


def _luhn(said: str) -> bool:
    digits = [int(c) for c in said if c.isdigit()]
    doubled = [d if place % 2 == 0 else sum(divmod(2 * d, 10)) for place, d in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and sum(doubled) % 10 == 0 and len(set(digits)) > 1


def _china_id(said: str) -> bool:
    weighed = sum(int(c) * (1 << (17 - place)) for place, c in enumerate(said[:17]))
    return "10X98765432"[weighed % 11] == said[17].upper()


def _iban(said: str) -> bool:
    packed = said.replace(" ", "")
    return 15 <= len(packed) <= 34 and int("".join(str(int(c, 36)) for c in packed[4:] + packed[:4])) % 97 == 1


def _phone(said: str) -> bool:
    return 8 <= sum(map(str.isdigit, said)) <= 15


def _always(said: str) -> bool:
    return True


_RULES: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", _EMAIL, _always),
    ("identity", _CHINA_ID, _china_id),
    ("identity", _SSN, _always),
    ("account", _IBAN, _iban),
    ("card", _CARD, _luhn),
    *(("phone", pattern, _phone) for pattern in _PHONES),
)
