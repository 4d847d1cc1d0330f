"""The one rule by which every scenario says whether its model is worth using."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.words import Text


@dataclass(frozen=True)
class Verdict:
    """Worth using means: the lower end of the paired 95% interval of the gain over the baseline is above zero.

    `gain`, `low` and `high` are differences of the scenario's first metric, in its own unit.
    """

    kind: Literal["worth", "unclear", "not_worth"]
    metric: str
    gain: float
    low: float
    high: float
    rows: int
    headline: Text
    sentence: Text

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(value: dict[str, Any]) -> Verdict:
        words = {key: Text.from_json(value[key]) for key in ("headline", "sentence")}
        return Verdict(**{**value, **words})


def kind_of(low: float, high: float) -> Literal["worth", "unclear", "not_worth"]:
    """What a paired interval of the gain says, for a metric of which more is better."""
    if low > 0:
        return "worth"
    return "not_worth" if high <= 0 else "unclear"


HEADLINES = {
    "worth": Text("Worth using.", "值得使用。"),
    "unclear": Text("Not proven better.", "尚不能证明更好。"),
    "not_worth": Text("Not worth using.", "不值得使用。"),
}

SUSPICIOUS = 0.98


def judge(metric: str, paired: tuple[float, float, float], rows: int, *, value: float, sentence: Text) -> Verdict:
    """The verdict on a share metric `value` whose paired (gain, low, high) over the baseline was measured on `rows`."""
    gain, low, high = paired
    kind = kind_of(low, high)
    said = [sentence]
    if kind == "unclear":
        said.append(
            Text(
                f"The difference could be chance: {_points(low)} to {_points(high)} points.",
                f"差距可能只是偶然：{_points(low)} 到 {_points(high)} 个百分点。",
            )
        )
    if kind == "not_worth":
        said.append(Text("Use the simple method instead, or bring more data.", "建议改用简单方法，或补充更多数据。"))
    if value > SUSPICIOUS:
        said.append(
            Text(
                "This is unusually good: check that no column gives the answer away and that test rows are not in training.",
                "结果好得不寻常：请确认没有列泄露了答案，测试数据也没有出现在训练数据中。",
            )
        )
    whole = Text(" ".join(text.en for text in said), "".join(text.zh for text in said))
    return Verdict(kind, metric, gain, low, high, rows, HEADLINES[kind], whole)


def _points(gain: float) -> str:
    return f"{gain * 100:+.1f}".replace("-", "−")
