"""The runtime: of the house's own source what a scenario needs to load a model and predict, in one readable file."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.takeaway.reach import Name, Reach, Source, is_for_types

PACKAGE = "core"
CALLED = "modelwright"
"""What the package is called in the runtime, so that it meets no other `core`."""
LOADER = Path(__file__).parent / "loader.py.txt"
_IMPORT = re.compile(rf"^(\s*(?:from|import) ){PACKAGE}(?=[.\s])", re.MULTILINE)


@dataclass(frozen=True)
class Runtime:
    """The file's text, and the top-level modules of other packages that it imports."""

    text: str
    outside: frozenset[str]


def runtime(roots: Sequence[Name], spared: Collection[str] = ()) -> Runtime:
    """Everything that these names need, without the modules that are spared."""
    reach = Reach(roots, [PACKAGE, *(module.split(".")[0] for module, _ in roots)], spared)
    modules = {name: _IMPORT.sub(rf"\g<1>{CALLED}", _written(source)) for name, source in sorted(reach.sources.items())}
    packages = [called(name) for name, source in reach.sources.items() if source.path.name == "__init__.py"]
    parts = [LOADER.read_text(encoding="utf-8").replace("PACKAGES = ()", f"PACKAGES = {tuple(sorted(packages))!r}")]
    parts += [f"SOURCES[{called(name)!r}] = {_quoted(text)}\n" for name, text in modules.items()]
    return Runtime("\n".join(parts), frozenset(reach.outside - set(sys.stdlib_module_names)))


def called(module: str) -> str:
    """The module's name in the runtime."""
    head, dot, rest = module.partition(".")
    return (CALLED if head == PACKAGE else head) + dot + rest


def _quoted(text: str) -> str:
    """A string literal that reads like the source it holds."""
    plain = "'''" not in text and not text.rstrip().endswith(("\\", "'"))
    return f"r'''\n{text.rstrip()}\n'''" if plain else repr(text)


def _written(source: Source) -> str:
    """The module with only what is needed, as it was written."""
    lines = source.text.splitlines()
    parts: list[str] = []
    for statement in source.tree.body:
        if list_of := list(_import_lines(source, statement)):
            parts += list_of
        elif statement in source.kept:
            dropped = _unneeded_methods(source, statement)
            start = _first_line(statement)
            kept = [
                line
                for number, line in enumerate(lines[start : statement.end_lineno], start)
                if not any(first <= number < last for first, last in dropped)
            ]
            gap = "\n\n" if isinstance(statement, ast.ClassDef | ast.FunctionDef) else ""
            parts.append(gap + "\n".join(kept) + gap)
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(parts)).strip("\n") + "\n"


def _first_line(statement: ast.stmt) -> int:
    """Where it starts, its decorators included, from 0."""
    decorators = getattr(statement, "decorator_list", [])
    return min(statement.lineno, *(one.lineno for one in decorators)) - 1 if decorators else statement.lineno - 1


def _unneeded_methods(source: Source, statement: ast.stmt) -> list[tuple[int, int]]:
    if not isinstance(statement, ast.ClassDef):
        return []
    methods = [one for one in statement.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(_first_line(one), one.end_lineno or one.lineno) for one in methods if one not in source.methods]


def _import_lines(source: Source, statement: ast.stmt) -> Iterator[str]:
    """The statement with the names that are needed; the standard library's and Python's own as they are."""
    if is_for_types(statement) or not isinstance(statement, ast.Import | ast.ImportFrom):
        return
    module = statement.module or "" if isinstance(statement, ast.ImportFrom) else ""
    if module.split(".")[0] in sys.stdlib_module_names:
        yield ast.unparse(statement)
        return
    names = [
        alias
        for alias in statement.names
        if (alias.asname or alias.name.split(".")[0]) in source.used
        or (not module and alias.name.split(".")[0] in sys.stdlib_module_names)
    ]
    if names and isinstance(statement, ast.ImportFrom):
        yield ast.unparse(ast.ImportFrom(statement.module, names, statement.level))
    elif names:
        yield ast.unparse(ast.Import(names))
