"""The report's own words."""

from __future__ import annotations

from core.words import Text

MODES = {"quick": Text("Quick", "快速"), "standard": Text("Standard", "标准"), "best": Text("Best", "最佳")}
SIGNS = {"worth": "✓", "unclear": "?", "not_worth": "✗"}

LABELS = {
    "report": Text("Model report", "模型报告"),
    "contents": Text("Contents", "目录"),
    "headline": Text("The figures that decide", "关键数字"),
    "money": Text("The money", "收益"),
    "limits": Text("What to know before relying on it", "使用前须知"),
    "model_card": Text("Model card", "模型卡"),
    "page": Text("Page", "第"),
    "of": Text("of", "/"),
    "made_by": Text("Made by Modelwright", "由模匠（Modelwright）生成"),
    "metric": Text("Figure", "指标"),
    "model": Text("Model", "模型"),
    "interval": Text("95% interval", "95% 区间"),
    "simple": Text("Simple method", "简单方法"),
    "meaning": Text("What it means", "含义"),
}
ABOUT = Text("{data} · {mode} · trained {day}", "{data} · {mode} · {day} 训练")
RANGES = Text(
    "Ranges hold the true figure 95 times in 100. All figures are from rows that training never saw.",
    "区间在 100 次中有 95 次包含真实值。所有数字都来自训练时未见过的数据。",
)
NO_MONEY = Text(
    "No money is reckoned for this kind of model: it was given no profits or costs.",
    "此类模型不计算收益：没有可用的利润或成本数字。",
)
MONEY_RESTS = Text("Reckoned with: {figures}.", "计算依据：{figures}。")
MONEY_EXAMPLE = Text(
    "Figures that nobody changed are examples, not yours: put in your own before relying on this page.",
    "未经修改的数字只是示例，并非您的真实数字；请填入真实数字后再作决定。",
)

PURPOSE = Text("What it is for", "用途")
PURPOSE_READING = Text("What the model was made to do, and what it was not.", "模型为何而建，以及不该用于何处。")
TASK, MEANT, NOT_MEANT = Text("Task", "任务"), Text("Made for", "适用于"), Text("Not made for", "不适用于")

DATA = Text("What it learned from", "训练数据")
DATA_READING = Text(
    "The fingerprint tells whether a file is the very same. Rows of the data are not part of this report.",
    "数据指纹可用于核对文件是否完全一致。本报告不包含任何数据行。",
)
FILE, FILE_SAID = (
    Text("File", "文件"),
    Text("{name}: {rows} rows, {columns} columns", "{name}：{rows} 行，{columns} 列"),
)
OWN_TEST = Text("Own test file", "自备测试文件")
FINGERPRINT = Text("Fingerprint (SHA-256)", "数据指纹（SHA-256）")
ROWS, ROWS_SAID = (
    Text("Rows", "行数"),
    Text("{train} to learn from, {test} held out to check it", "训练 {train} 行，留出检验 {test} 行"),
)
ROWS_USED = Text(" ({used} of them can be judged)", "（其中 {used} 行可用于评判）")
HELD_OUT = Text("How rows were held out", "留出方式")
PREPARED, COLUMN = Text("Changed before training", "训练前的处理"), Text("Column: {role}", "列：{role}")

METRICS = Text("How it was measured", "评测指标")
METRICS_READING = Text(
    "On {rows} rows it never saw. The simple method, on the same rows: {simple}.",
    "在 {rows} 行未见过的数据上测得。作为对照的简单方法用的是同样的数据：{simple}。",
)
NO_FAIRNESS = Text(
    "Groups of people were not compared, as no column was named as sensitive or this kind of model does not judge people.",
    "未比较不同人群，因为没有指定敏感列，或此类模型不对人作判断。",
)
FAIRNESS_SEEN = Text("See the chapter “{chapter}”.", "见“{chapter}”一章。")

AGAIN = Text("How to do it again", "如何复现")
AGAIN_READING = Text(
    "The same data, settings, seed and versions give the same model on the same kind of machine.",
    "在同类机器上，使用相同的数据、设置、随机种子和软件版本，可得到相同的模型。",
)
RUN, MODE, SEED = Text("Run", "运行编号"), Text("Mode", "训练方式"), Text("Seed", "随机种子")
SETTINGS, VERSIONS = Text("Settings", "设置"), Text("Versions", "软件版本")
MACHINE, TOOK, SIZE = Text("Machine", "机器"), Text("Time it took", "用时"), Text("Size of the model", "模型大小")
DAY = Text("Trained on", "训练日期")
NOTE = Text("Note", "备注")

LIMIT_ROWS = Text(
    "It was judged on {rows} rows held out once. {split}On other people, other places or later times it can do worse: keep watching it.",
    "结论基于一次留出的 {rows} 行数据。{split}换一批人群、换个地方或过一段时间，效果都可能变差，请持续观察。",
)
LIMIT_UNCLEAR = Text(
    "That it beats the simple method is not proven: the difference could be chance.",
    "尚不能证明它优于简单方法，差距可能只是偶然。",
)
LIMIT_WORSE = Text("The simple method does as well or better.", "简单方法同样好，甚至更好。")
LIMIT_FEW = Text(
    "With so few test rows the ranges are wide: the figures are a first impression.",
    "检验数据较少，区间较宽，这些数字只是初步印象。",
)
LIMIT_SENSITIVE = Text(
    "How it treats groups of people is in the chapter “{chapter}”. Read it before deciding about people.",
    "模型对不同人群的影响见“{chapter}”一章。用于对人作决定前，请先阅读。",
)
