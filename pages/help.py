"""Help: how it goes, and the few terms that one meets, each in a sentence or two."""

from __future__ import annotations

import streamlit as st

from core.cards import Metric
from core.scenarios.base import scenarios
from core.services import machine, runs
from core.words import Text
from pages.ui import address, layout, shell
from pages.ui.language import t
from pages.ui.words import figure, interval, percent, plain, shorten, size

STEPS = (
    (
        Text("Data", "数据"),
        Text(
            "Bring a CSV or Excel file in which each row is a case that people have already judged. A few hundred rows are enough to begin; more is better.",
            "上传 CSV 或 Excel 文件，每行是一个人工已有结论的样本。几百行就能开始，越多越好。",
        ),
    ),
    (
        Text("Set up", "设置"),
        Text(
            "Check the guessed columns, look at what was found in the data, and choose how thorough to be. You see the time before you start.",
            "核对系统推测的列，看看数据中发现的问题，再选择训练程度。开始之前就能看到所需时间。",
        ),
    ),
    (
        Text("Train", "训练"),
        Text(
            "Leave the page if you like. Training continues on the server, survives restarts, and can be stopped at any time.",
            "可以离开页面。训练在服务器上继续进行，重启后会接着训练，也可以随时停止。",
        ),
    ),
    (
        Text("Understand", "解读"),
        Text(
            "The first sentence says whether the model is worth using. Below it is where it goes wrong and how sure one can be.",
            "第一句话就告诉您模型值不值得用，下面是它错在哪里、结论有多可靠。",
        ),
    ),
    (
        Text("Use", "使用"),
        Text(
            "Ask it about one case, or hand in a file and get it back with answers. What it is unsure of is marked for a person.",
            "单条提问，或上传文件批量处理。没有把握的会标出来交给人工。",
        ),
    ),
)
TERMS = (
    (
        Text("Right answers (accuracy)", "准确率"),
        Text(
            "Of 100 new cases, how many the model answers as a person did.", "每 100 个新样本中，与人工结论一致的个数。"
        ),
    ),
    (
        Text("Rows it never saw (held-out rows)", "留出数据"),
        Text(
            "Rows that are put aside before training. All figures come from them, because a model knows by heart what it was trained on.",
            "训练前预留、不参与训练的数据。所有指标都来自它们，因为模型对训练过的数据“背得出来”，不能说明问题。",
        ),
    ),
    (
        Text("Simple method (baseline)", "简单方法（基线）"),
        Text(
            "What one gets without a language model, for instance by counting words. A model is only worth using when it does better than that.",
            "不用语言模型也能做到的水平，例如只统计词频。比它更好，模型才值得使用。",
        ),
    ),
    (
        Text("83–86% (95% interval)", "83–86%（95% 置信区间）"),
        Text(
            "With other test rows the figure would have come out a little different. It lies in this range 95 times in 100.",
            "换一批测试数据，结果会略有不同。100 次中约有 95 次落在这个范围内。",
        ),
    ),
    (
        Text("Worth using", "值得使用"),
        Text(
            "The gain over the simple method is above zero even at the lower end of its interval. “Not proven better” means that it may be luck.",
            "与简单方法的差距，即使取区间下限也大于零。“尚不能证明更好”表示可能只是运气。",
        ),
    ),
    (
        Text("Confidence", "置信度"),
        Text(
            "How sure the model is of one answer, corrected so that of the answers with 90%, about 90 of 100 are right.",
            "模型对某个回答的把握，经过校准：置信度为 90% 的回答，100 个里约有 90 个正确。",
        ),
    ),
    (
        Text("Can go out unread (coverage)", "可自动处理的比例（覆盖率）"),
        Text(
            "The share of cases of which the model is sure enough for the error that you accept. The rest goes to a person.",
            "在您容许的错误率下，模型有足够把握的样本比例，其余交给人工。",
        ),
    ),
    (
        Text("Found and rightly given (recall and precision)", "召回率与精确率"),
        Text(
            "Of all complaints, how many were found; of those called complaints, how many are. F1 is the balance of both.",
            "所有投诉中找出了多少（召回率）；判为投诉的里面有多少是真的（精确率）。F1 是两者的平衡。",
        ),
    ),
    (
        Text("Who is taken for whom (confusion matrix)", "混淆矩阵"),
        Text(
            "A table of what people said against what the model said. Away from the diagonal are the mistakes; a click shows the rows.",
            "人工结论与模型结论的对照表，对角线以外是错误，点击可查看具体数据。",
        ),
    ),
    (
        Text("Validation rows", "验证数据"),
        Text(
            "A part of the training rows by which settings are chosen: when to stop, where to draw a line. The test rows stay untouched.",
            "从训练数据中划出的一部分，用来选择何时停止、界线划在哪里；测试数据不参与。",
        ),
    ),
    (
        Text("Drift", "数据漂移"),
        Text(
            "New rows begin to look different from those that the model learned from. Its figures may then no longer hold.",
            "新数据与训练时的数据渐渐不同，原来测得的指标可能不再成立。",
        ),
    ),
    (
        Text("Fine-tuning", "微调"),
        Text(
            "Going on with the training of a language model on your rows. Quick does not do this: it uses the model as it is and learns only the last step.",
            "用您的数据继续训练语言模型。“快速”模式不做微调：直接使用现成的模型，只学习最后一步。",
        ),
    ),
    (
        Text("A column that gives the answer away (leakage)", "泄露答案的列（数据泄露）"),
        Text(
            "Something that is only known once the answer is. A model that uses it looks perfect here and fails in practice.",
            "只有知道答案之后才会有的信息。用了它，模型在这里看似完美，实际使用时却会失灵。",
        ),
    ),
)


def main() -> None:
    layout.title(t("Help", "帮助"), t("How it goes, and what the words mean.", "使用流程与名词解释。"))
    layout.heading(t("From a spreadsheet to answers", "从表格到答案"))
    with layout.panel("how"):
        for place, (words, body) in enumerate(STEPS, start=1):
            pair(f"{place}  {t(words)}", t(body), f"how-{place}")
    layout.heading(t("Words you will meet", "名词解释"))
    with layout.panel("terms"):
        for place, (words, body) in enumerate(TERMS):
            pair(t(words), t(body), f"term-{place}")
    figures()
    this_machine()
    layout.heading(t("Where your data goes", "您的数据在哪里"))
    layout.say(
        t(
            "Nowhere. Files, models and answers stay on the machine that runs this page. What you delete can be taken back for a day and is then gone.",
            "哪里也不去。文件、模型和回答都留在运行此页面的机器上。删除的内容一天内可以恢复，之后彻底清除。",
        )
    )
    if st.button(t("Bring your data", "上传数据"), type="primary", key="begin"):
        address.go("data")


def this_machine() -> None:
    """What training runs on, card by card, for whoever runs the server."""
    found = shell.hardware()
    more = t(
        "For whoever runs the server; {command} says more in a shell.",
        "供管理这台服务器的人参考；在命令行运行 {command} 可以看到更多。",
        command="`python -m core doctor`",
    )
    layout.heading(t("This machine", "本机"), more)
    training = {run.device: run.name for run in runs.listed() if run.status == "running" and run.device}
    with layout.panel("machine"):
        pair(t("Training", "训练"), plain(t(found.runs_on)), "machine-training")
        for place, one in enumerate(found.cards):
            pair(plain(one.card.name), card(one, training.get(one.device or "")), f"machine-card-{place}")
        busy = now_training(training["cpu"]) if "cpu" in training else ""
        pair(t("Processor", "处理器"), f"{plain(t(found.processor))}{busy}", "machine-processor")
        disk = t(
            "{free} are free; data and models take {used}",
            "剩余 {free}，数据和模型占用 {used}",
            free=size(found.disk_free_mb * 2**20),
            used=size(found.disk_used),
        )
        pair(t("Disk", "磁盘"), plain(disk), "machine-disk")


def card(one: machine.Judged, trains: str | None) -> str:
    """A card's state, what trains there now, and what to do where it is not as it should be."""
    now = now_training(trains) if trains else ""
    how = t(one.how)
    return plain(t(machine.card_words(one))) + now + (f"  \n{plain(how)}" if how else "")


def now_training(name: str) -> str:
    return plain(t("; now training “{name}”", "；正在训练“{name}”", name=shorten(name)))


def figures() -> None:
    """Every figure that a scenario measures, in a sentence, with the numbers of the newest model where there is one."""
    layout.heading(
        t("Figures, with your own numbers", "指标与您的数字"),
        t("The numbers are those of your newest model of each kind.", "数字来自您每类任务中最新的模型。"),
    )
    newest = {run.scenario: run for run in reversed(runs.listed()) if run.status == "succeeded" and run.metrics}
    for place, (key, kind) in enumerate(scenarios().items()):
        run = newest.get(key)
        source = f" · {plain(shorten(run.name, 40))}" if run else ""
        with st.expander(f"**{t(kind.title)}**{source}", key=f"figures-{key}", expanded=not place):
            for name, metric in kind.metrics.items():
                value = ((run.metrics if run else None) or {}).get(name)
                spread = ((run.intervals if run else None) or {}).get(name)
                said = "" if value is None else f"**{measured(metric, value, spread)}** · "
                term = t(metric.term)
                title = t("{title} ({term})", "{title}（{term}）", title=t(metric.title), term=term)
                pair(title, f"{said}{plain(t(metric.explained(value)))}", f"{key}-{name}")


def measured(metric: Metric, value: float, spread: tuple[float, float] | None) -> str:
    """90% (87–93%)."""
    if metric.is_share:
        return percent(value) + (f" ({interval(*spread)})" if spread else "")
    return figure(value) + (f" ({figure(spread[0])}–{figure(spread[1])})" if spread else "")


def pair(words: str, body: str, key: str) -> None:
    with st.container(key=f"line-{key}"):
        left, right = st.columns([3, 7], gap="medium")
        left.markdown(f"**{words}**")
        right.markdown(body)


main()
