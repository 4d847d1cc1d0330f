"""The command line: the same services as the pages, for automation and for measuring.

Exit codes: 0 only on success, 1 for a run that did not succeed, 2 for bad input with one plain sentence on stderr.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from core.words import LANGUAGES, Problem, Text, UserError

DONE, NOT_SUCCEEDED, BAD_INPUT, LEFT = 0, 1, 2, 130

NO_FILE = Text("“{name}” was not found.", "找不到文件“{name}”。")
NOT_A_FILE = Text("“{name}” is a folder, not a file.", "“{name}”是文件夹，不是文件。")
NOT_ALLOWED = Text("You are not allowed to read “{name}”.", "您没有读取“{name}”的权限。")
NOT_A_PAIR = Text("“{value}” should be written as {form}.", "“{value}”应写成 {form}。")
NO_EXTRA = Text("There is no extra table “{key}”. Known: {known}.", "没有名为“{key}”的附加表。可用：{known}。")
ALL_WELL = Text("Nothing stands in the way of training.", "没有发现影响训练的问题。")
SIGNS = {"stop": "✗", "warn": "!", "note": "·"}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{message[:1].upper()}{message[1:]}.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    args = _parser().parse_args(arguments)
    try:
        return args.do(args)
    except UserError as error:
        print(error.text.in_(args.lang), file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (the reader left; nothing more can be said)
        return NOT_SUCCEEDED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description="Modelwright: from a spreadsheet to an honest model.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name: str, do: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.add_argument("--lang", choices=LANGUAGES, default=_language(), help="language of what is said")
        added.set_defaults(do=do)
        return added

    checked = command("check", check, "say everything to know about a file before training")
    trained = command("train", train, "train a model and say how good it is")
    for added in (checked, trained):
        _add_request(added)
    trained.add_argument("--name", help="what to call the run")
    trained.add_argument("--here", action="store_true", help="train in this process instead of the worker's")
    _add_predict(command("predict", predict, "add predictions to a file"))
    _add_report(command("report", report, "write the report of a run, to hand on"))
    exported = command("export", export, "write a model that predicts without Modelwright")
    exported.add_argument("run_id", type=int, metavar="RUN_ID")
    exported.add_argument("--out", type=Path, required=True, metavar="FILE", help="ends in .zip")
    exported.add_argument("--onnx", action="store_true", help="with the networks as ONNX too")
    asked = command("query", query, "ask a database that the operator has named, and write its rows as CSV")
    asked.add_argument("database", metavar="DATABASE", help="its name in MODELWRIGHT_DATABASE_<NAME>")
    asked.add_argument("query", metavar="QUERY", help="one SELECT")
    asked.add_argument("--out", type=Path, required=True, metavar="FILE")
    asked.add_argument("--rows", type=int, default=100_000, metavar="N", help="at most so many (100000)")
    command("runs", runs, "list the runs").add_argument("--json", action="store_true", help="as one JSON array")
    command("live", live, "list the live models").add_argument("--json", action="store_true", help="as one JSON array")
    for name, do, help in (("follow", follow, "watch a run until it ends"), ("cancel", cancel, "stop a run")):
        command(name, do, help).add_argument("run_id", type=int, metavar="RUN_ID")
    looked = command("doctor", doctor, "say whether all that training needs is here, and what to do where it is not")
    looked.add_argument("--json", action="store_true", help="as one JSON object")
    command("start", start, "start the pages, the worker and the model server")
    shown = command("demo", demo, "fill a workspace of its own with samples and finished runs, and start there")
    shown.add_argument("--home", type=Path, metavar="FOLDER", help="where, instead of ./demo-workspace")
    shown.add_argument("--no-start", action="store_true", help="only fill it")
    command("worker", worker, "work on queued runs").add_argument("--idle-exit", type=float, metavar="SECONDS")
    command("serve", serve, "answer predictions (the model server)")
    command("stop", stop, "end the pages, the worker and the model server of this workspace")
    command("backup", backup, "copy database and files to a folder or a .tar.gz").add_argument("dest", type=Path)
    return parser


def _add_request(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--scenario", required=True)
    parser.add_argument("--column", action="append", default=[], metavar="ROLE=NAME", help="else guessed; repeatable")
    parser.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE", help="repeatable")
    parser.add_argument("--mode", choices=("quick", "standard", "best"))
    parser.add_argument("--seed", type=int)
    parser.add_argument("--test", type=Path, metavar="FILE", help="a test file of your own, else rows are held out")
    parser.add_argument("--extra", action="append", default=[], metavar="KEY=FILE", help="a further table; repeatable")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line of stdout")


def _add_predict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a run's number, or the name of a live model")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--out", type=Path, metavar="FILE", help="ends in .csv or .xlsx; else beside the file")
    parser.add_argument("--column", action="append", default=[], metavar="ROLE=NAME", help="where names differ")
    parser.add_argument("--set", action="append", default=[], metavar="CONTROL=VALUE", help="repeatable")
    parser.add_argument("--server", action="store_true", help="let the running model server predict")


def _add_report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_id", type=int, metavar="RUN_ID")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="ends in .pdf or .html")
    parser.add_argument("--set", action="append", default=[], metavar="FIGURE=VALUE", help="for the money; repeatable")


def _language() -> str:
    said = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if said.lower().startswith("zh") else "en"


def check(args: argparse.Namespace) -> int:
    from core.services import runs

    problems = runs.check(request(args))
    if args.json:
        print(json.dumps({"problems": [_problem_json(problem) for problem in problems]}, ensure_ascii=False))
    else:
        _say_problems(problems, args.lang, sys.stdout)
        if not problems:
            print(ALL_WELL.in_(args.lang))
    stops = [problem for problem in problems if problem.severity == "stop"]
    if stops:
        print(stops[0].what.in_(args.lang), file=sys.stderr)
    return BAD_INPUT if stops else DONE


def _problem_json(problem: Problem) -> dict[str, Any]:
    said = {"what": problem.what.to_json(), "how": problem.how.to_json()}
    return {"key": problem.key, "severity": problem.severity, **said, "fixes": len(problem.fixes)}


def _say_problems(problems: Sequence[Problem], lang: str, to: Any) -> None:
    for problem in problems:
        print(f"{SIGNS[problem.severity]} {problem.what.in_(lang)}\n    {problem.how.in_(lang)}", file=to)


def request(args: argparse.Namespace) -> Any:
    """The request that the arguments describe: files brought in, what is not said guessed. Raises UserError."""
    from core.scenarios.base import scenario
    from core.services import runs

    kind = scenario(args.scenario)
    dataset = _bring_in(args.file)
    roles = _roles(runs.guess(kind.key, dataset), _pairs(args.column, "ROLE=NAME"))
    settings = {**runs.suggest(kind.key, dataset, roles), **dict(_pairs(args.set, "SETTING=VALUE"))}
    settings |= {key: value for key in ("mode", "seed") if (value := getattr(args, key)) is not None}
    extras = {}
    for key, path in _pairs(args.extra, "KEY=FILE"):
        known = [table.key for table in kind.extras]
        if key not in known:
            raise UserError(NO_EXTRA.fill(key=key, known=", ".join(known) or "–"))
        extras[key] = _bring_in(Path(path))
    test = _bring_in(args.test) if args.test else None
    return runs.Request(kind.key, dataset, roles, settings, test, extras, getattr(args, "name", None))


def _bring_in(path: Path) -> str:
    from core.services import datasets

    _readable(path)
    return datasets.add(path.name, path).dataset.id


def _readable(path: Path) -> None:
    if not path.is_file():
        raise UserError((NOT_A_FILE if path.is_dir() else NO_FILE).fill(name=str(path)))
    if not os.access(path, os.R_OK):
        raise UserError(NOT_ALLOWED.fill(name=str(path)))


def _roles(guessed: dict[str, tuple[str, ...]], said: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """The guess, except for the roles and the columns that were named."""
    named: dict[str, tuple[str, ...]] = {}
    for role, column in said:
        named[role] = (*named.get(role, ()), column)
    taken = {column for columns in named.values() for column in columns}
    rest = {role: tuple(c for c in columns if c not in taken) for role, columns in guessed.items() if role not in named}
    return {role: columns for role, columns in {**rest, **named}.items() if columns}


def _pairs(values: Sequence[str], form: str) -> list[tuple[str, str]]:
    pairs = []
    for value in values:
        key, sign, rest = value.partition("=")
        if not (key and sign and rest):
            raise UserError(NOT_A_PAIR.fill(value=value, form=form))
        pairs.append((key.strip(), rest))
    return pairs


def train(args: argparse.Namespace) -> int:
    from core import cli_runs
    from core.services import runs

    asked = request(args)
    _say_problems([problem for problem in runs.check(asked) if problem.severity == "warn"], args.lang, sys.stderr)
    run_id = runs.train_here(asked) if args.here else runs.launch(asked)
    if not cli_runs.follow(run_id, args.lang):
        return LEFT
    return cli_runs.conclude(run_id, args.lang, args.json)


def predict(args: argparse.Namespace) -> int:
    from core import cli_runs
    from core.services import live

    _readable(args.file)
    controls = dict(_pairs(args.set, "CONTROL=VALUE"))
    roles: dict[str, tuple[str, ...]] = _roles({}, _pairs(args.column, "ROLE=NAME"))
    out = args.out or args.file.with_name(f"{Path(args.file.name.removesuffix('.gz')).stem}-predictions.csv")
    said = cli_runs.predict(live.resolve(args.model), args.file, out, controls, roles, server=args.server)
    print(said.in_(args.lang), file=sys.stderr)
    return DONE


def report(args: argparse.Namespace) -> int:
    from core import cli_runs

    said = cli_runs.report(args.run_id, args.lang, args.out, dict(_pairs(args.set, "FIGURE=VALUE")))
    print(said.in_(args.lang), file=sys.stderr)
    return DONE


def export(args: argparse.Namespace) -> int:
    from core import cli_runs

    print(cli_runs.export(args.run_id, args.lang, args.out, onnx=args.onnx).in_(args.lang), file=sys.stderr)
    return DONE


def query(args: argparse.Namespace) -> int:
    from core import cli_runs
    from core.services import connections

    with cli_runs.writing(args.out):
        wanted = connections.Wanted(args.query, args.database.lower(), most_rows=args.rows)
        print(connections.write(wanted, args.out).in_(args.lang), file=sys.stderr)
    return DONE


def runs(args: argparse.Namespace) -> int:
    from core import cli_runs

    cli_runs.show(args.lang, args.json)
    return DONE


def live(args: argparse.Namespace) -> int:
    from core import cli_runs

    cli_runs.show_live(args.lang, args.json)
    return DONE


def follow(args: argparse.Namespace) -> int:
    from core import cli_runs

    if not cli_runs.follow(args.run_id, args.lang):
        return LEFT
    return cli_runs.conclude(args.run_id, args.lang, as_json=False)


def cancel(args: argparse.Namespace) -> int:
    from core.services import runs

    runs.cancel(args.run_id)
    return DONE


def worker(args: argparse.Namespace) -> int:
    from core.jobs.worker import main as work

    return work(args.idle_exit)


def serve(args: argparse.Namespace) -> int:
    from core.serving.server import main as answer

    return answer()


def doctor(args: argparse.Namespace) -> int:
    from core import cli_doctor

    return cli_doctor.doctor(args.lang, as_json=args.json)


def start(args: argparse.Namespace) -> int:
    from core import cli_house

    return cli_house.start(args.lang)


def demo(args: argparse.Namespace) -> int:
    from core import cli_demo

    return cli_demo.demo(args.lang, args.home, start=not args.no_start)


def stop(args: argparse.Namespace) -> int:
    from core import cli_house

    return cli_house.stop(args.lang)


def backup(args: argparse.Namespace) -> int:
    from core import cli_runs
    from core.store.backup import backup as copy

    with cli_runs.writing(args.dest):
        print(copy(args.dest))
    return DONE
