"""Personal data in texts: e-mail addresses, phone, bank card, account and identity numbers, English and Chinese forms.

Numbers with a check digit must pass it (cards: Luhn; identity cards of China: ISO 7064 MOD 11-2; IBAN: ISO 7064 MOD
97-10), so that order numbers are left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from core.words import Text

KINDS = {
    "email": Text("e-mail address", "邮箱地址"),
    "id": Text("identity number", "证件号码"),
    "account": Text("bank account", "银行账号"),
    "card": Text("card number", "银行卡号"),
    "phone": Text("phone number", "电话号码"),
}
MARKS = {
    "email": ("[email]", "[邮箱]"),
    "id": ("[ID number]", "[证件号]"),
    "account": ("[account]", "[账号]"),
    "card": ("[card number]", "[卡号]"),
    "phone": ("[phone]", "[电话]"),
}
COMPANY = 3
"""An address or number in so many answers is the company's own, not a customer's."""
SLOT = re.compile(r"\{\{\s*([^{}]{1,60}?)\s*\}\}")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@[A-Za-z0-9][A-Za-z0-9\-]{0,62}(?:\.[A-Za-z0-9\-]{1,63})+")
_CHINA_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])")
_SSN = re.compile(r"(?<![\d\-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d\-])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_CARD = re.compile(r"(?<![\d\-])\d(?:[ \-]?\d){12,18}(?![\d\-])")
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
_HINT = re.compile(r"@|\d[ \-.()]*\d[ \-.()]*\d[ \-.()]*\d[ \-.()]*\d[ \-.()]*\d[ \-.()]*\d")


@dataclass(frozen=True)
class Masked:
    """Texts without personal data, in their order, and how many of each kind were found."""

    texts: list[str]
    counts: dict[str, int] = field(default_factory=dict)


def mask(texts: Iterable[str], keep: Iterable[str] = ()) -> Masked:
    """Every piece of personal data becomes a mark such as [phone], in the text's language. What is in `keep` stays."""
    kept, counts = set(keep), Counter[str]()
    out = [_masked(text, kept, counts) for text in texts]
    return Masked(out, {kind: counts[kind] for kind in KINDS if counts[kind]})


def of_the_company(answers: Sequence[str]) -> set[str]:
    """Addresses and numbers that stand in so many different answers that they are the company's own."""
    seen = Counter[str]()
    for answer in set(answers):
        seen.update({said for _, said, _, _ in _found(answer)})
    rows = Counter[str]()
    for answer in answers:
        if _HINT.search(answer.translate(_WIDE)):
            rows.update({said for _, said, _, _ in _found(answer)})
    return {said for said in seen if rows[said] >= COMPANY}


def slots(texts: Iterable[str]) -> Counter[str]:
    """Placeholders such as {{Order Number}} and how often they stand in the texts."""
    return Counter(name for text in texts for name in SLOT.findall(text))


def _masked(text: str, keep: set[str], counts: Counter[str]) -> str:
    found = [one for one in _found(text) if one[1] not in keep]
    if not found:
        return text
    side = 1 if _CHINESE.search(text) else 0
    for kind, _, start, end in reversed(found):
        counts[kind] += 1
        text = text[:start] + MARKS[kind][side] + text[end:]
    return text


def _found(text: str) -> list[tuple[str, str, int, int]]:
    """(kind, what, start, end) in the order of the text, none overlapping, the surer kinds first."""
    plain = text.translate(_WIDE)
    if not _HINT.search(plain):
        return []
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
    ("id", _CHINA_ID, _china_id),
    ("id", _SSN, _always),
    ("account", _IBAN, _iban),
    ("card", _CARD, _luhn),
    *(("phone", pattern, _phone) for pattern in _PHONES),
)
