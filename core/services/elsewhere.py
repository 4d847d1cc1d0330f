"""Heavy work on a large table, in a process of its own: its memory goes back to the machine when it is done, and other
people's pages stay quick meanwhile.

Run as `python -m core.services.elsewhere WORK` with the arguments as JSON on standard input; the answer is the last line of
standard output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.store import children
from core.words import Text, UserError

LARGE = 200_000
"""Rows from which the pages leave the work to another process."""
REFUSED = 3
BROKE = Text(
    "This ended before it was done; perhaps the machine has too little memory for it. Your data is unchanged.",
    "处理未能完成，可能是内存不足。数据没有改变。",
)
IN_IT = sys.argv[0] == __file__
"""Whether this process is the other one."""


def is_better(rows: int) -> bool:
    """Whether so many rows are better worked on in another process; never so in that process itself."""
    return not IN_IT and rows > LARGE


def run(work: str, *arguments: Any) -> Any:
    """What the function of this name gives for these arguments (both plain JSON). Raises the UserError that it raises,
    or one where the process ended."""
    ended, said = children.run(["core.services.elsewhere", work], json.dumps(arguments), quiet=False)
    if ended == REFUSED:
        raise UserError(Text.from_json(json.loads(said)))
    if ended:
        raise UserError(BROKE)
    return json.loads(said)


def _works() -> dict[str, Callable[..., Any]]:
    from core.data import problems
    from core.data.combining import Key
    from core.data.how import How
    from core.data.recipe import Step
    from core.services import combining, datasets, inspecting, requests, rereading
    from core.services.requests import Request

    def check(asked: dict[str, Any]) -> list[Any]:
        roles = {role: tuple(names) for role, names in asked["roles"].items()}
        return list(map(problems.to_json, requests.check(Request(**{**asked, "roles": roles}))))

    return {
        "findings": lambda id, key: [one.to_json() for one in inspecting.findings(id, key)],
        "check": check,
        "fix": lambda id, steps: datasets.fix(id, *map(Step.from_json, steps)).id,
        "append": lambda id, others, source, every: combining.append(id, others, source=source, all_columns=every).id,
        "join": lambda id, other, key: combining.join(id, other, Key(**key)).id,
        "set_aside": lambda id, target: rereading.write_set_aside(id, Path(target)),
        "read_again": lambda id, how: rereading.read_again(id, How.from_json(how)).id,
    }


def main() -> int:
    children.die_with_parent(os.getppid())
    try:
        answer = _works()[sys.argv[1]](*json.load(sys.stdin))
    except UserError as error:
        print(json.dumps(error.text.to_json()))
        return REFUSED
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
