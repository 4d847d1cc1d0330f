"""What of the house's own source a few names need: a linker's dead-code elimination over Python's syntax trees.

From each name that is needed, the names it mentions are needed too, in its own module and in those it imports from. Of
a class, what its body says is needed with it; its methods only where something that is needed mentions an attribute of
their name (or getattr a string that is one), where Python calls them itself (`__eq__`), or where the class
extends a library's, which may call what it likes. Annotations need nothing: every module postpones them. Methods named
in TRAINING are never needed, and a `spared` module that is imported inside a function is left where it is.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from core.config import ROOT

TRAINING = {"fit", "baseline", "evaluate", "estimate", "second_look", "keep_learned", "take_up_learned"}
"""What the house calls methods that learn: prediction calls none, though it may call a library's of that name."""
Name = tuple[str, str]
"""A module and a name at its top level."""
INERT = {"object", "ABC", "Generic", "Protocol", "Exception"}
"""Bases of other packages that call no method of ours by its name."""


@dataclass
class Source:
    """One module as written. `kept` are the statements that are needed, `used` the imported names that they mention."""

    name: str
    path: Path
    text: str
    tree: ast.Module
    kept: set[ast.stmt] = field(default_factory=set)
    methods: set[ast.stmt] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    @cached_property
    def defined(self) -> dict[str, list[ast.stmt]]:
        """The statements that bind each name at the top level, imports aside."""
        found: dict[str, list[ast.stmt]] = {}
        for statement in self.tree.body:
            for name in _bound(statement):
                found.setdefault(name, []).append(statement)
        return found

    @cached_property
    def imported(self) -> dict[str, Name]:
        """What each imported name stands for; an empty second part is the module itself."""
        return {name: target for statement in self.tree.body for name, target in imports(statement)}


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def imports(statement: ast.AST) -> Iterator[tuple[str, Name]]:
    """Each name that an import statement binds, with what it stands for."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            yield alias.asname or alias.name.split(".")[0], (alias.name, "")
    elif isinstance(statement, ast.ImportFrom) and statement.module:
        for alias in statement.names:
            yield alias.asname or alias.name, (statement.module, alias.name)


def is_for_types(statement: ast.AST) -> bool:
    return isinstance(statement, ast.If) and ast.unparse(statement.test).endswith("TYPE_CHECKING")


class Reach:
    """Everything that `roots` need of the packages called `own`; `spared` modules, the own or others', are not there."""

    def __init__(self, roots: Sequence[Name], own: Sequence[str], spared: Collection[str] = ()) -> None:
        self.own, self.spared = set(own), set(spared)
        self.sources: dict[str, Source] = {}
        self.outside: set[str] = set()
        """Top-level modules of other packages that are needed."""
        self._attributes: set[str] = set()
        self._waiting: dict[str, list[tuple[Source, ast.stmt]]] = {}
        self._done: set[Name] = set()
        self._todo: list[Name] = list(roots)
        while self._todo:
            self._need(*self._todo.pop())

    def _need(self, module: str, name: str) -> None:
        if (module, name) in self._done:
            return
        self._done.add((module, name))
        source = self._source(module)
        if source is None:
            return
        for statement in source.defined.get(name, ()):
            self._keep(source, statement)
        if name not in source.defined and name in source.imported:
            self._follow(source, name)
        elif name and self._is_module(f"{module}.{name}"):
            self._source(f"{module}.{name}")

    def _source(self, module: str) -> Source | None:
        """The module with its packages, and of it what runs whenever it is imported."""
        if module in self.sources:
            return self.sources[module]
        path = self._path(module)
        if path is None:
            return None
        if "." in module:
            self._source(module.rpartition(".")[0])
        text = path.read_text(encoding="utf-8")
        source = self.sources[module] = Source(module, path, text, ast.parse(text))
        for statement in source.tree.body:
            named = isinstance(statement, ast.Import | ast.ImportFrom) or next(_bound(statement), None)
            if not (named or is_for_types(statement)):
                self._keep(source, statement)
        return source

    def _path(self, module: str) -> Path | None:
        if module in self.spared or module.split(".", maxsplit=1)[0] in self.spared:
            return None
        if module.split(".", maxsplit=1)[0] not in self.own:
            self.outside.add(module.split(".", maxsplit=1)[0])
            return None
        place = ROOT / Path(*module.split("."))
        if not (place.is_dir() or place.with_suffix(".py").is_file()):
            found = importlib.util.find_spec(module)
            return Path(found.origin) if found and found.origin else None
        return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")

    def _is_module(self, module: str) -> bool:
        place = ROOT / Path(*module.split("."))
        return module.split(".", maxsplit=1)[0] in self.own and (place.is_dir() or place.with_suffix(".py").is_file())

    def _keep(self, source: Source, statement: ast.stmt) -> None:
        if statement in source.kept:
            return
        source.kept.add(statement)
        if isinstance(statement, ast.ClassDef):
            self._keep_class(source, statement)
        else:
            self._read(source, statement)

    def _keep_class(self, source: Source, found: ast.ClassDef) -> None:
        for part in (*found.bases, *found.keywords, *found.decorator_list):
            self._read(source, part)
        whole = self._extends_a_library(source, found)
        for statement in found.body:
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                self._read(source, statement)
            elif statement.name in TRAINING and not whole:
                continue
            elif whole or statement.name.startswith("__") or statement.name in self._attributes:
                self._keep_method(source, statement)
            else:
                self._waiting.setdefault(statement.name, []).append((source, statement))

    def _keep_method(self, source: Source, method: ast.stmt) -> None:
        source.methods.add(method)
        self._read(source, method)

    def _extends_a_library(self, source: Source, found: ast.ClassDef) -> bool:
        for base in found.bases:
            name = ast.unparse(base).split("[")[0].split(".")[0]
            if name in INERT:
                continue
            module, inner = source.imported.get(name, (source.name, name))
            parent = self._source(module) if module.split(".")[0] in self.own else None
            classes = [one for one in parent.defined.get(inner, ()) if isinstance(one, ast.ClassDef)] if parent else []
            if parent is None or not classes or any(self._extends_a_library(parent, one) for one in classes):
                return True
        return False

    def _read(self, source: Source, node: ast.AST) -> None:
        """Needs what the node mentions."""
        known = {**source.imported, **{name: to for one in ast.walk(node) for name, to in imports(one)}}
        for one in mentioned(node):
            if isinstance(one, ast.Name):
                self._mention(source, one.id)
            elif isinstance(one, ast.Attribute):
                self._attribute(one.attr)
                if isinstance(one.value, ast.Name) and one.value.id in known:
                    module = ".".join(filter(None, known[one.value.id]))
                    self._todo += [(module, one.attr)] if self._is_module(module) else []
            elif isinstance(one, ast.Call):
                for word in one.args[1:2] if ast.unparse(one.func) == "getattr" else ():
                    self._attribute(str(word.value) if isinstance(word, ast.Constant) else "")
            else:
                self._todo += [target for _, target in imports(one)]

    def _mention(self, source: Source, name: str) -> None:
        if name in source.defined:
            self._todo.append((source.name, name))
        elif name in source.imported:
            self._follow(source, name)

    def _follow(self, source: Source, name: str) -> None:
        source.used.add(name)
        self._todo.append(source.imported[name])

    def _attribute(self, name: str) -> None:
        if name not in self._attributes:
            self._attributes.add(name)
            for source, method in self._waiting.pop(name, ()):
                self._keep_method(source, method)


def mentioned(node: ast.AST) -> Iterator[ast.AST]:
    """The names, attributes, calls and imports in a node, itself included, annotations left out."""
    if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Import | ast.ImportFrom):
        yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not is_for_types(child):
                yield from mentioned(child)
