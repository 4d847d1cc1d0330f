"""What the set-up of a credit model asks: its settings, and what its columns can mean."""

from __future__ import annotations

from dataclasses import dataclass

from core.data.outcomes import OUTCOME_NAMES
from core.fields import Field, Option
from core.scenarios.base import KEEP_TOGETHER, Role, Settings, setting, unasked
from core.words import Text

EXAMPLE = Text("0: decide later, on the results page.", "填 0 表示稍后在结果页再定。")


@dataclass(frozen=True)
class CreditSettings(Settings):
    bad: str = setting(
        Field(
            "bad",
            Text("Which value is the bad end, the one to foresee?", "哪个取值代表坏的结果，也就是要预测的结果？"),
            "choice",
            Text("The model gives the probability of this end.", "模型给出的就是这种结果的概率。"),
            default="",
            role="target",
            in_sight=True,
        )
    )
    profit: float = setting(
        Field("profit", Text("Profit of a good case", "一笔好的带来的利润"), "number", EXAMPLE, default=0.0, low=0.0)
    )
    loss: float = setting(
        Field("loss", Text("Loss of a bad case", "一笔坏的造成的损失"), "number", EXAMPLE, default=0.0, low=0.0)
    )
    leave_out: tuple[str, ...] = setting(
        Field(
            "leave_out",
            Text("Columns to keep out of the model", "不让模型使用的列"),
            "columns",
            Text(
                "Leaks, numbers of cases, or what you do not want to decide by.",
                "泄露答案的列、编号，或您不希望据以决策的列。",
            ),
            default=(),
        )
    )
    test_on: str = setting(
        Field(
            "test_on",
            Text("Which rows to test on", "用哪些行检验"),
            "choice",
            default="random",
            options=(
                Option("random", Text("20% at random", "随机 20%")),
                Option("latest", Text("the latest 20% (needs a date)", "时间最晚的 20%（需有日期列）")),
            ),
        )
    )
    minutes: float = setting(
        Field(
            "minutes",
            Text("Minutes until “Best” shows its result", "“最佳”模式多少分钟内给出结果"),
            "number",
            Text(
                "What Standard does comes first; the time left goes into searching better settings and repeating them.",
                "先完成“标准”模式的内容，剩余时间用于搜索更好的参数并重复训练。",
            ),
            default=15.0,
            low=1.0,
            high=600.0,
            step=1.0,
        )
    )
    keep_together: tuple[str, ...] = setting(KEEP_TOGETHER)
    per: str = unasked(
        Field(
            "per",
            Text("Profit and loss are counted", "收益与损失的计法"),
            "choice",
            default="case",
            options=(
                Option("case", Text("for each case", "按笔")),
                Option("amount", Text("as a share of the amount", "按金额比例")),
            ),
        )
    )
    keep: tuple[str, ...] = unasked(
        Field("keep", Text("Kept though they give the answer away", "虽泄露答案但仍使用的列"), "columns", default=())
    )


ROLES = (
    Role(
        "target",
        Text("How it ended", "最终结果"),
        Text("A column with two values: the case went well or badly.", "只有两种取值的列：好或坏。"),
        "category",
        names=OUTCOME_NAMES,
    ),
    Role(
        "amount",
        Text("Amount at stake", "涉及金额"),
        Text("The loan's amount, for profits and losses in proportion to it.", "贷款金额，用于按比例计算盈亏。"),
        "number",
        required=False,
        names=("amount", "loan_amount", "credit_amount", "loan_amnt", "principal", "贷款金额", "金额", "授信额度"),
    ),
    Role(
        "date",
        Text("Date of the case", "发生日期"),
        Text(
            "With it the latest cases can be kept for the test. It is not learned from.",
            "有日期即可用最晚的数据检验；模型不会学习日期本身。",
        ),
        "time",
        required=False,
        names=(
            "date",
            "application_date",
            "apply_date",
            "issue_date",
            "issue_d",
            "month",
            "申请日期",
            "放款日期",
            "日期",
        ),
    ),
    Role(
        "sensitive",
        Text("Sensitive columns", "敏感信息列"),
        Text("Who a person is: shown in the fairness view.", "关于个人身份的信息，会在公平性页面展示。"),
        "any",
        required=False,
        many=True,
    ),
    Role(
        "policy",
        Text("Today's decision", "现行决定"),
        Text(
            "What you decide today, to compare the money with. It is not learned from.",
            "目前的审批结果，用来比较收益；模型不会学习它。",
        ),
        "any",
        required=False,
        names=("approved_by_policy", "approved", "decision", "policy", "现行审批", "审批结果", "是否通过"),
    ),
)
