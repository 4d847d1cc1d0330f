"""The command line's words about runs: watching one, its outcome, the list, predictions for a file."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from core.data.reading import read_file, write_table
from core.data.table import Roles
from core.fields import Field
from core.jobs.worker import IDLE_SECONDS, ensure_worker
from core.scenarios.base import scenario
from core.services import runs
from core.services.runs import Progress, RunView
from core.serving import client
from core.words import Language, Text, UserError

LOOK_SECONDS = 0.3
WAKE_SECONDS = 5.0
ENDED = ("succeeded", "failed", "cancelled")

QUEUED = Text("waiting, number {position} in the queue", "排队中，第 {position} 位")
STARTING = Text("starting", "正在启动")
LEFT = Text("about {time} left", "约剩 {time}")
GOES_ON = Text(
    "Run {id} goes on without this window. Follow it: python -m core follow {id}. Stop it: python -m core cancel {id}.",
    "运行 {id} 会继续进行，不受此窗口影响。继续查看：python -m core follow {id}。停止：python -m core cancel {id}。",
)
CANCELLED = Text("Run {id} was stopped.", "运行 {id} 已停止。")
READ_AS = Text(
    "  In brackets the 95% interval, in parentheses the simple method.",
    "  方括号内为 95% 置信区间，圆括号内为简单方法的结果。",
)
TOOK = Text("Run {id} “{name}” took {time}.", "运行 {id}“{name}”用时 {time}。")
WRONG_ENDING = Text("“{name}” should end in {endings}.", "“{name}”应以 {endings} 结尾。")
NOT_WRITTEN = Text("“{name}” could not be written: {reason}.", "无法写入“{name}”：{reason}。")
NO_ROLE = Text("There is no role “{role}”. Known: {known}.", "没有名为“{role}”的角色。可用：{known}。")
NO_SERVER = Text(
    "The model server is not running. Start it with python -m core start, or leave out --server.",
    "模型服务未运行。请用 python -m core start 启动，或去掉 --server。",
)
NO_FOLDER = Text("The folder of “{name}” does not exist.", "“{name}”所在的文件夹不存在。")
NO_VALUE = Text("“{value}” does not fit “{key}”. Possible: {known}.", "“{value}”不适合“{key}”。可选：{known}。")
NO_CONTROL = Text("There is no control “{key}”. Known: {known}.", "没有名为“{key}”的选项。可用：{known}。")
WROTE = Text("{rows} rows with predictions are in {name}.", "{rows} 行预测结果已写入 {name}。")
REPORTED = Text("The report is in {name}.", "报告已写入 {name}。")
EXPORTED = Text(
    "The model is in {name}. Unpack it and read README.md: it predicts without Modelwright.",
    "模型已写入 {name}。解压后请看 README.md：无需安装模匠即可预测。",
)
NO_RUNS = Text("No runs yet.", "还没有运行。")
NO_LIVE = Text("No live models yet.", "还没有在用的模型。")
STATUS = {
    "queued": Text("waiting", "排队中"),
    "running": Text("training", "训练中"),
    "cancelling": Text("stopping", "停止中"),
    "cancelled": Text("stopped", "已停止"),
    "succeeded": Text("done", "已完成"),
    "failed": Text("failed", "失败"),
    "interrupted": Text("interrupted", "已中断"),
}


def follow(run_id: int, lang: str) -> bool:
    """Says how the run goes until it ends. False when the user left with Ctrl-C; the run goes on then."""
    line, woken = _Line(), time.monotonic()
    try:
        while (progress := runs.progress(run_id)).status not in ENDED:
            line.say(_words(progress, lang))
            if time.monotonic() - woken > WAKE_SECONDS:
                woken = time.monotonic()
                ensure_worker(IDLE_SECONDS)
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        line.end()
        print(GOES_ON.fill(id=run_id).in_(lang), file=sys.stderr)
        return False
    line.end()
    return True


class _Line:
    """One line on a terminal that is written over; elsewhere a new line for each new stage."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.last = ""

    def say(self, words: tuple[str, str]) -> None:
        stage, detail = words
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r\x1b[K{stage}  {detail}"[: width + 4])
            sys.stderr.flush()
        elif stage != self.last:
            print(stage, file=sys.stderr, flush=True)
        self.last = stage

    def end(self) -> None:
        if self.live and self.last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _words(progress: Progress, lang: str) -> tuple[str, str]:
    """What happens, and how far it is."""
    if progress.position:
        return QUEUED.fill(position=progress.position).in_(lang), ""
    title = next((stage.title.in_(lang) for stage in progress.stages if stage.key == progress.stage), None)
    full = round(progress.share * 24)
    left = LEFT.fill(time=_time(progress.seconds_left, lang)).in_(lang) if progress.seconds_left else ""
    return title or STARTING.in_(lang), f"{'█' * full}{'░' * (24 - full)} {progress.share:4.0%}  {left}"


def _time(seconds: float, lang: str) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if lang == "zh":
        return f"{minutes} 分 {rest} 秒" if minutes else f"{rest} 秒"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def conclude(run_id: int, lang: str, as_json: bool) -> int:
    """Says how the run ended; the exit code."""
    run = runs.get(run_id)
    if as_json:
        print(json.dumps(as_plain(run, lang), ensure_ascii=False, allow_nan=False))
    if run.error:
        print(run.error.in_(lang), file=sys.stderr)
    elif run.status == "cancelled":
        print(CANCELLED.fill(id=run_id).in_(lang), file=sys.stderr)
    elif not as_json:
        _say_result(run, lang)
    return 0 if run.status == "succeeded" else 1


def _say_result(run: RunView, lang: str) -> None:
    if run.verdict:
        print(run.verdict.headline.in_(lang), run.verdict.sentence.in_(lang))
    wide = max(map(len, run.metrics or {}), default=0)
    for name, value in (run.metrics or {}).items():
        low_high = (run.intervals or {}).get(name)
        simple = (run.baseline or {}).get(name)
        span = f"[{low_high[0]:.3f}, {low_high[1]:.3f}]" if low_high else ""
        print(f"  {name:<{wide}}  {value:.3f}  {span:<14}" + (f"  ({simple:.3f})" if simple is not None else ""))
    print(READ_AS.in_(lang))
    print(TOOK.fill(id=run.id, name=run.name, time=_time(run.seconds_total or 0, lang)).in_(lang))


def as_plain(run: RunView, lang: str) -> dict[str, Any]:
    """A run for automation. Metrics are fractions from 0 to 1; seconds count from claim to saved model."""
    seconds = {"total": run.seconds_total, "train": run.seconds_train, "estimated": run.seconds_estimated}
    return {
        "run_id": run.id,
        "name": run.name,
        "scenario": run.scenario,
        "status": run.status,
        "mode": run.mode,
        "seed": run.seed,
        "metrics": run.metrics,
        "intervals": run.intervals,
        "baseline": run.baseline,
        "verdict": run.verdict.to_json() if run.verdict else None,
        "seconds": seconds,
        "device": run.device,
        "peak_memory_mb": run.peak_memory_mb,
        "attempts": run.attempt,
        "error": run.error.in_(lang) if run.error else None,
    }


def show(lang: str, as_json: bool) -> None:
    """All runs, the newest first."""
    found = runs.listed()
    if as_json:
        print(json.dumps([as_plain(run, lang) for run in found], ensure_ascii=False, allow_nan=False))
        return
    if not found:
        print(NO_RUNS.in_(lang))
    for run in found:
        first = next(iter(run.metrics.items()), None) if run.metrics else None
        metric = f"{first[0]} {first[1]:.3f}" if first else ""
        status = STATUS[run.status].in_(lang)
        print(f"{run.id:>5}  {status:<12}  {run.scenario:<14}  {run.mode:<9}  {metric:<20}  {run.name}")


def show_live(lang: str, as_json: bool) -> None:
    """The live models by name, each with the run that answers for it."""
    from core.services import live

    found = [(one, runs.get(one.run_id)) for one in live.listed()]
    if as_json:
        said = [
            {**as_plain(run, lang), "name": one.name, "run_name": run.name, "since": one.since.isoformat()}
            for one, run in found
        ]
        print(json.dumps(said, ensure_ascii=False, allow_nan=False))
        return
    if not found:
        print(NO_LIVE.in_(lang))
    for one, run in found:
        print(f"{one.name:<30}  {run.id:>5}  {run.scenario:<14}  {run.name}")


def predict(run_id: int, file: Path, out: Path, controls: Mapping[str, str], roles: Roles, *, server: bool) -> Text:
    """Writes the file's rows with predictions added, and says so. Raises UserError."""
    from core.services import predictions

    ending: Literal["csv", "xlsx"] = "xlsx" if _ending(out, "csv", "xlsx") == "xlsx" else "csv"
    chosen = _controls(run_id, controls)
    _known_roles(run_id, roles)
    if server:
        made = _by_server(run_id, file, chosen, roles)
        with writing(out):
            shutil.copyfile(predictions.batch_file(made, ending), out)
        rows = predictions.batch(made).rows
    else:
        predicted = predictions.predict_frame(run_id, read_file(file, file.name).frame, chosen, roles)
        with writing(out):
            write_table(predicted, out, ending)
        rows = len(predicted)
    return WROTE.fill(rows=rows, name=out.name)


def report(run_id: int, lang: Language, out: Path, figures: Mapping[str, str]) -> Text:
    """Writes the run's report and says so. Raises UserError."""
    from core.services import reports

    ending: reports.Format = "html" if _ending(out, "pdf", "html") == "html" else "pdf"
    asked = scenario(runs.get(run_id).scenario).assumptions(runs.results(run_id).details)
    made = reports.make(run_id, lang, ending, _values(asked, figures))
    with writing(out):
        shutil.copyfile(made, out)
    return REPORTED.fill(name=out.name)


def export(run_id: int, lang: Language, out: Path, *, onnx: bool = False) -> Text:
    """Writes the archive of the run's model and says so. Raises UserError."""
    from core.services import takeaway

    _ending(out, "zip")
    made = takeaway.make(run_id, lang, onnx=onnx)
    with writing(out):
        shutil.copyfile(made, out)
    return EXPORTED.fill(name=out.name)


def _ending(out: Path, *known: str) -> str:
    """What the file's name ends in. Raises UserError for another ending, or where there is no such folder."""
    ending = out.suffix.lower().removeprefix(".")
    if ending not in known:
        either = Text(" or ", " 或 ")
        listed = Text(*(word.join(f".{one}" for one in known) for word in (either.en, either.zh)))
        raise UserError(WRONG_ENDING.fill(name=out.name, endings=listed))
    if not out.resolve().parent.is_dir():
        raise UserError(NO_FOLDER.fill(name=str(out)))
    return ending


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Says in one sentence why a file of the user's could not be written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(NOT_WRITTEN.fill(name=str(path), reason=reason)) from error


def _known_roles(run_id: int, roles: Roles) -> None:
    known = [role.key for role in scenario(runs.get(run_id).scenario).roles]
    for role in roles:
        if role not in known:
            raise UserError(NO_ROLE.fill(role=role, known=", ".join(known)))


def _by_server(run_id: int, file: Path, controls: Mapping[str, Any], roles: Roles) -> str:
    """The id of the finished batch. Raises UserError where it fails."""
    from core.services import predictions

    if client.health() is None:
        raise UserError(NO_SERVER)
    made = predictions.start_batch(run_id, file.name, file, controls, roles)
    while (batch := predictions.batch(made)).status not in ENDED:
        time.sleep(LOOK_SECONDS)
    if batch.error or batch.status != "succeeded":
        raise UserError(batch.error or CANCELLED.fill(id=run_id))
    return made


def _controls(run_id: int, said: Mapping[str, str]) -> dict[str, Any]:
    """Every control of the run's scenario, as said or by default. Raises UserError."""
    return _values(scenario(runs.get(run_id).scenario).controls(runs.results(run_id).details), said)


def _values(fields: Sequence[Field], said: Mapping[str, str]) -> dict[str, Any]:
    known = {field.key: field for field in fields}
    for key in said:
        if key not in known:
            raise UserError(NO_CONTROL.fill(key=key, known=", ".join(known) or "–"))
    return {key: _value(field, said[key]) if key in said else field.default for key, field in known.items()}


def _value(field: Field, said: str) -> Any:
    possible = {str(option.value): option.value for option in field.options}
    if possible:
        if said not in possible:
            raise UserError(NO_VALUE.fill(value=said, key=field.key, known=", ".join(possible)))
        return possible[said]
    if field.kind in ("number", "slider"):
        try:
            return float(said)
        except ValueError:
            raise UserError(NO_VALUE.fill(value=said, key=field.key, known="0.5, 2, …")) from None
    return said.lower() in ("1", "true", "yes", "on", "是") if field.kind == "toggle" else said
