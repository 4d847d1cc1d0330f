"""The one rule by which every scenario says whether its model is worth using."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
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

    @property
    def tone(self) -> Literal["worth", "unclear", "not_worth"]:
        """The kind as it may be shown: a result too good to be true is unclear until someone has looked."""
        return "unclear" if self.headline == DOUBTFUL else self.kind

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
FEW_ROWS = 200
DOUBTFUL = Text("Too good to be true?", "好得令人生疑。")
"""Said in place of “worth using” until someone has looked."""


SIMPLE = Text("the simple method", "简单方法")


def judge(
    metric: str,
    paired: tuple[float, float, float],
    rows: int,
    *,
    value: float,
    sentence: Text,
    rival: Text = SIMPLE,
) -> Verdict:
    """The verdict on a share metric `value` whose paired (gain, low, high) over the baseline was measured on `rows`.

    `sentence` says what the scenario measured; the comparison with the `rival`, few rows and too good a result are said
    here, the same for every scenario.
    """
    gain, low, high = paired
    kind = kind_of(low, high)
    against = _AGAINST["equal" if low == high == 0 else kind]
    said = [
        sentence,
        against.fill(gain=f"{abs(gain) * 100:.1f}", low=_points(low), high=_points(high), rival=rival),
    ]
    if kind == "not_worth":
        said.append(Text("Use the simple method instead, or bring more data.", "建议改用简单方法，或补充更多数据。"))
    if rows < FEW_ROWS:
        said.append(_FEW.fill(rows=f"{rows:,}", width=f"{(high - low) * 100:.0f}"))
    found = Verdict(kind, metric, gain, low, high, rows, HEADLINES[kind], _joined(said))
    return doubted(found, _UNUSUAL) if value > SUSPICIOUS else found


def doubted(verdict: Verdict, reason: Text) -> Verdict:
    """The verdict with a reason why the result may be too good to be true."""
    headline = DOUBTFUL if verdict.kind == "worth" else verdict.headline
    return replace(verdict, headline=headline, sentence=_joined([verdict.sentence, reason]))


def explained_by(rule: Text) -> Text:
    """Why a result is doubted that one column alone explains; `rule` says how."""
    said = Text(
        "One column alone explains it: {rule}. If that is only known once the answer is, the model will fail on new data: "
        "leave the column out and train again.",
        "仅凭一列就能得到这个结果：{rule}。如果这一列要等答案揭晓后才知道，模型用在新数据上就会失效：请去掉该列后重新训练。",
    )
    return said.fill(rule=rule)


_AGAINST = {
    "worth": Text(
        "Against {rival}, on the same rows, it is {gain} points better ({low} to {high}).",
        "与{rival}在相同数据上相比，高 {gain} 个百分点（{low} 到 {high}）。",
    ),
    "unclear": Text(
        "The difference to {rival} could be chance: {low} to {high} points.",
        "与{rival}的差距可能只是偶然：{low} 到 {high} 个百分点。",
    ),
    "equal": Text(
        "On the same rows it answers exactly as well as {rival}, no better.",
        "在相同数据上与{rival}表现完全相同，没有更好。",
    ),
    "not_worth": Text(
        "Against {rival}, on the same rows, it is {gain} points worse ({low} to {high}).",
        "与{rival}在相同数据上相比，低 {gain} 个百分点（{low} 到 {high}）。",
    ),
}
_FEW = Text(
    "Only {rows} rows were there to test it, so this range is {width} points wide: more rows would narrow it.",
    "用于检验的数据只有 {rows} 行，因此这一范围宽达 {width} 个百分点，数据越多越准。",
)
_UNUSUAL = Text(
    "This is unusually good: check that no column gives the answer away and that test rows are not in training.",
    "结果好得不寻常：请确认没有列泄露了答案，测试数据也没有出现在训练数据中。",
)


def _joined(said: list[Text]) -> Text:
    return Text(" ".join(text.en for text in said), "".join(text.zh for text in said))


def _points(gain: float) -> str:
    return f"{gain * 100:+.1f}".replace("-", "−")
