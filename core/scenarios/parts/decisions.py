"""What is done with a row of an answered file, in words."""

from __future__ import annotations

from core.words import Text

ASK = Text("ask a person", "交给人工")
ANSWERED = {
    "automatic": Text("automatic", "自动处理"),
    "ask a person": ASK,
    "out of scope": Text("out of scope", "超出范围"),
    "no text": Text("no text", "没有文本"),
}
JUDGED = {"approve": Text("approve", "通过"), "ask a person": ASK, "decline": Text("decline", "拒绝")}
