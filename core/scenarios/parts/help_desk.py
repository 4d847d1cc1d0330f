"""What a record of customer questions has: the roles and their usual names, and what may be chosen before training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.data.conversations import COMPANY, CUSTOMER
from core.fields import Field, Option
from core.scenarios.base import Role, Settings, setting
from core.scenarios.parts.own_words import REWORD
from core.words import Text

QUESTION_NAMES = (
    "question", "instruction", "customer_question", "customer_message", "utterance", "query", "text", "message", "user_message",
    "prompt", "input", "content", "问题", "提问", "用户问题", "客户问题", "问句", "消息", "内容", "文本",
)  # fmt: skip
ANSWER_NAMES = (
    "answer", "response", "reply", "reference_answer", "agent_reply", "output", "agent_answer", "completion", "resolution",
    "回答", "答案", "回复", "答复", "客服回复",
)  # fmt: skip
INTENT_NAMES = (
    "intent", "category", "class", "label", "topic", "tag", "intent_name",
    "意图", "类别", "分类", "标签", "主题", "问题类型",
)  # fmt: skip
CONVERSATION_NAMES = (
    "conversation_id", "conversation", "dialogue_id", "dialog_id", "session_id", "chat_id", "ticket_id", "thread_id",
    "session", "ticket", "thread", "会话编号", "会话", "对话编号", "会话id", "对话", "工单号", "工单编号",
)  # fmt: skip
SPEAKER_NAMES = (
    "speaker", "role", "sender", "author", "who", "from", "author_type", "sender_type", "direction",
    "发言人", "角色", "发送者", "发送方", "说话人", "身份",
)  # fmt: skip
TIME_NAMES = (
    "time", "timestamp", "date", "datetime", "created_at", "sent_at", "created", "时间", "日期", "发送时间", "创建时间",
)  # fmt: skip
ROLES = (
    Role("question", Text("Question", "问题"), Text("What a customer wrote; for a chat log, every message.", "客户写的内容；聊天记录则为每条消息。"), "text", names=QUESTION_NAMES),
    Role("answer", Text("Answer", "回答"), Text("What your people answered.", "您的员工是怎么回答的。"), "text", required=False, names=ANSWER_NAMES),
    Role("intent", Text("Intent", "意图"), Text("What the question is about, in a few words that repeat.", "问题属于哪一类，取值会反复出现。"), "category", required=False, names=INTENT_NAMES),
    Role("conversation", Text("Conversation", "会话"), Text("Which conversation a message belongs to.", "消息属于哪次会话。"), "any", required=False, names=CONVERSATION_NAMES),
    Role("speaker", Text("Speaker", "发言人"), Text("For a chat log: customer or company.", "聊天记录中是客户还是客服。"), "category", required=False, names=SPEAKER_NAMES),
    Role("time", Text("When", "时间"), Text("To order the messages.", "用于给消息排序。"), "any", required=False, names=TIME_NAMES),
)  # fmt: skip
TOLERATED = (0.01, 0.02, 0.05, 0.1, 0.2)
TOLERANCE = Field(
    "tolerated_error",
    Text("Wrong answers you accept among the automatic ones", "自动回答可接受的错误率"),
    "choice",
    help=Text("Below the confidence that keeps to this, a person answers.", "置信度达不到这一要求的问题由人工回答。"),
    default=0.05,
    options=tuple(Option(rate, Text(f"at most {rate:.0%}", f"不超过 {rate:.0%}")) for rate in TOLERATED),
)
FEW_LABELS = 12
"""More labels than so many are rather what texts ask than how they feel."""


@dataclass(frozen=True)
class BotSettings(Settings):
    tolerated_error: float = setting(TOLERANCE)
    mask: bool = setting(
        Field(
            "mask",
            Text("Mask personal data before training", "训练前隐去个人信息"),
            "toggle",
            help=Text(
                "E-mail addresses, phone, card and identity numbers become marks such as [phone].",
                "邮箱、电话、卡号、证件号会替换成 [电话] 这样的标记。",
            ),
            default=True,
        )
    )
    reword: bool = setting(REWORD)
    sides: Mapping[str, str] = setting(
        Field(
            "sides",
            Text("Who is the customer, who the company", "谁是客户，谁是客服"),
            "names",
            help=Text("Only for chat logs: who said each message.", "仅用于聊天记录：每条消息是谁说的。"),
            options=(Option(CUSTOMER, Text("Customer", "客户")), Option(COMPANY, Text("Company", "客服"))),
            role="speaker",
        )
    )
