"""Cards of what a bot answers alone and what it hands over: the promise, what nobody has answered yet, hours saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.cards import MONEY, Card, Column, Facts, Grid, Mark, Number, Numbers, Rows
from core.dashboards.bot_cards import NAMES, title
from core.dashboards.coverage_lines import coverage_lines
from core.dashboards.notes import notes as told
from core.fields import Field
from core.money import said
from core.words import Text, same

ALONE = Text("What it may answer alone", "哪些可以自动回答")
OPEN = Text("Questions without an answer", "还没有答案的问题")
READ = Text("Conversations to read", "值得一读")


def automation(results: Any) -> Card:
    m, d = results.metrics, results.details
    curve, tolerated = d["coverage_curve"], d["tolerated_error"]
    share, wrong = m["coverage_at_risk"], m["risk"]
    marks: tuple[Mark, ...] = ()
    if share > 0:
        marks = (Mark(share, wrong, Text(f"chosen: {share:.0%} alone", f"选定：{share:.0%} 自动回答")),)
    return Card(
        "automation",
        ALONE,
        Text(f"{share:.0%} answered alone, {wrong:.1%} of them wrong", f"{share:.0%} 自动回答，其中答错 {wrong:.1%}")
        if share
        else Text("Nothing should be answered alone yet", "目前都应由人工回答"),
        Text(
            "The line was set on other questions so that at most {rate} of automatic answers are wrong. Measured here: {wrong} of {n}.",
            "界线是在另一部分问题上按错误率不超过 {rate} 设定的。在这里实测：{n} 个自动回答中错 {wrong} 个。",
        ).fill(rate=f"{tolerated:.0%}", wrong=f"{d['wrong_automatic']:,}", n=f"{d['automatic']:,}"),
        coverage_lines(
            curve,
            tolerated,
            NAMES["model"],
            (Text("Answered alone", "自动回答的比例"), Text("Wrong among them", "其中的错误率")),
            marks,
        ),
    )


def guarantee(results: Any) -> Card:
    d = results.details
    right = (
        Text("An answer is right when it belongs to the intent that the question has in your data.", "答案所属意图与数据中该问题的意图一致，即算答对。")
        if d["measure"] == "intent"
        else Text(
            "The data names no intents, so an answer is right only when it is nearly the recorded one: four fifths of its pieces (runs of four letters, two Chinese characters) in common.",
            "数据中没有意图，因此只有与当时的回答几乎一致（五分之四以上的字符片段相同）才算答对。",
        )
    )  # fmt: skip
    holds = (
        Text("No line can be shown to keep to it with these questions, so nothing is promised and all go to a person.", "在这些问题上没有一条界线能保证做到，因此不作承诺，全部转人工。")
        if d["threshold"] is None
        else Text(
            "If new questions come from the same customers in the same way as those you gave, then at most {rate} of automatic answers are wrong, with a certainty of 95 in 100.",
            "只要新问题与您提供的问题来自同样的客户、以同样的方式提出，自动回答的错误率就不超过 {rate}（把握为 95%）。",
        ).fill(rate=f"{d['tolerated_error']:.0%}")
    )  # fmt: skip
    return Card(
        "guarantee",
        ALONE,
        Text("What is promised, and on what condition", "承诺了什么，前提是什么"),
        Text("Learn then Test (Angelopoulos and others, 2021).", "方法：Learn then Test（Angelopoulos 等，2021）。"),
        Facts(
            (
                (Text("Right means", "何为答对"), right),
                (Text("Promised", "承诺"), holds),
                (Text("Follow-up questions", "追问"), _follow_ups(d)),
                (
                    Text("It does not hold", "不适用于"),
                    Text(
                        "after a change: new products, a new season, other customers. Train again with newer questions then.",
                        "情况变化之后：新产品、新季节、不同的客户。届时请用新的问题重新训练。",
                    ),
                ),
                (
                    Text("Out of scope", "超出范围"),
                    Text(
                        "{n} of {all} test questions were taken for none of the bot's business and handed over.",
                        "{all} 个测试问题中有 {n} 个被判为超出范围并转人工。",
                    ).fill(n=f"{d['out_of_scope']:,}", all=f"{d['questions']:,}"),
                ),
            )
        ),
    )


def notes(details: Mapping[str, Any]) -> list[Card]:
    return told(ALONE, [Text.from_json(note) for note in details["notes"]])


def _follow_ups(details: Mapping[str, Any]) -> Text:
    """What is done with a question that is read together with the one before it."""
    rows = details.get("follow_ups", 0)
    if details.get("follow_ups_alone"):
        return Text(
            "A question such as “and how long does that take?” is read together with the one before it. Those have a line of their own, set to the same rate on {n} follow-ups of your data.",
            "像“那要多久？”这样的追问会结合上一个问题来理解，并用您数据中的 {n} 个追问按同样的错误率单独设定界线。",
        ).fill(n=f"{rows:,}")
    why = (
        Text("the {n} follow-ups in your data are too few, or are answered wrongly too often, to keep to that rate", "您数据中的 {n} 个追问太少，或答错太多，做不到这一错误率")
        if rows
        else Text("your data has none by which the rate could be measured", "您的数据中没有可用来测定错误率的追问")
    ).fill(n=f"{rows:,}")  # fmt: skip
    return Text(
        "The rate does not cover a question such as “and how long does that take?”: {why}. It is answered alone only if it is sure by itself and says the same when read together with the one before it; else a person sees what was found.",
        "上述错误率不涵盖“那要多久？”这样的追问：{why}。只有单独理解时有把握、且结合上一个问题理解时结论一致，才会自动回答；否则把找到的内容交给人工判断。",
    ).fill(why=why)


def unanswered(details: Mapping[str, Any]) -> Card:
    found = details["unanswered"]
    rows = tuple((same(one["name"]), float(one["count"]), same(one["example"])) for one in found)
    handed = details["handed_over"]
    return Card(
        "unanswered",
        OPEN,
        Text("“{name}” is what it most often hands over", "最常转人工的是“{name}”").fill(name=found[0]["name"])
        if found
        else Text("Nothing is handed over in groups", "转人工的问题没有形成集中的主题"),
        Text(
            "Of {n} test questions it handed over or that are out of scope, those that ask nearly the same, named by their telling words. Write an answer for each, add it to your data and train again.",
            "{n} 个转人工或超出范围的测试问题中，问法相近的归为一组，用有代表性的词命名。请为每组写一个答案，加入数据后重新训练。",
        ).fill(n=f"{handed:,}"),
        Grid(
            (
                Column(Text("What they ask about", "主题")),
                Column(Text("Questions", "问题数"), "count"),
                Column(Text("For instance", "例如")),
            ),
            rows,
        ),
    )


def rows(details: Mapping[str, Any]) -> list[Card]:
    by_intent = details["measure"] == "intent"
    columns = [("question", Text("Question", "问题"))]
    if by_intent:
        columns += [("actual", Text("Intent", "意图")), ("given", Text("Understood as", "判断为"))]
    if details["by_answer"]:
        columns += [("answer", Text("It would answer", "它会回答")), ("recorded", Text("Answered then", "当时的回答"))]
    columns += [
        ("matched", Text("Past question it matched", "匹配的以往问题")),
        ("confidence", Text("Confidence", "置信度")),
    ]
    values = {name: title(name) for name in ("oos", *details.get("confusion_classes", ()))}
    return [
        Card(
            "wrong",
            READ,
            Text("Wrong, and it would have answered", "自动回答但答错的"),
            Text("What a customer would have got. The surest first.", "客户会收到的错误回答，把握最大的在前。"),
            Rows(tuple(columns), where={"automatic": True, "right": False}, sort="confidence", values=values),
        ),
        Card(
            "handed",
            READ,
            Text("Handed over to a person", "转人工的"),
            Text("Questions it would rather not answer. The surest first.", "它选择不回答的问题，把握最大的在前。"),
            Rows(tuple(columns), where={"automatic": False}, sort="confidence", values=values),
        ),
    ]  # fmt: skip


def assumptions(details: Mapping[str, Any]) -> list[Field]:
    example = Text("An example: put in your own figure.", "示例数值，请填写您自己的数字。")
    return [
        Field(
            "questions", Text("Questions a month", "每月问题数"), "number", example, 2000, low=0, step=100, example=True
        ),
        Field(
            "minutes",
            Text("Minutes a person needs for each", "人工回答每个所需分钟"),
            "number",
            example,
            4.0,
            low=0.0,
            example=True,
        ),
        Field(
            "hour", Text("Cost of an hour of work", "每小时人工成本"), "number", example, 30.0, low=0.0, example=True
        ),
    ]


def money(results: Any, values: Mapping[str, Any]) -> list[Card]:
    """Hours and money saved a month by the questions that it answers alone, by the user's own figures."""
    first = {field.key: field.default for field in assumptions(results.details)}
    questions, minutes, hour = (float(first[key] if values.get(key) is None else values[key]) for key in first)
    share, (low, high) = results.metrics["coverage_at_risk"], results.intervals["coverage_at_risk"]
    hours = questions * minutes / 60
    wrong = round(questions * share * results.metrics["risk"])
    return [
        Card(
            "money",
            MONEY,
            Text("About {hours} hours a month saved", "每月约节省 {hours} 小时").fill(hours=said(hours * share)),
            Text(
                "An estimate: {low} to {high} hours, if your figures hold and customers ask as in your data. About {wrong} automatic answers a month would be wrong; what those cost is not counted.",
                "这是估算：{low} 到 {high} 小时，前提是您的数字成立、客户的问法与数据一致。每月约有 {wrong} 个自动回答是错的，其代价未计入。",
            ).fill(low=said(hours * low), high=said(hours * high), wrong=said(wrong)),
            Numbers(
                (
                    Number(Text("Hours saved", "节省小时"), hours * share, "number", hours * low, hours * high),
                    Number(
                        Text("Worth", "折合"), hours * share * hour, "money", hours * low * hour, hours * high * hour
                    ),
                    Number(
                        Text("Answered alone", "自动回答"),
                        questions * share,
                        "count",
                        questions * low,
                        questions * high,
                    ),
                    Number(Text("Of them wrong", "其中答错"), wrong, "count"),
                )
            ),
        )
    ]
