"""What a business user may choose for a training: dataclass fields with their questions, read from plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal

from core.fields import Field
from core.words import Text, UserError, same

Mode = Literal["quick", "standard", "best"]
MODES: tuple[Mode, ...] = ("quick", "standard", "best")


def setting(question: Field) -> Any:
    """A dataclass field of a `Settings` that is asked by this question and has its default."""
    start: Any = {"default_factory": dict} if question.kind == "names" else {"default": question.default}
    return field(**start, metadata={"field": question})


def unasked(question: Field) -> Any:
    """A dataclass field of a `Settings` that no form asks for: it is set elsewhere, and told in these words."""
    return field(default=question.default, metadata={"unasked": question})


KEEP_TOGETHER = Field(
    "keep_together",
    Text("Keep together in the test", "检验时不拆开的列"),
    "columns",
    Text(
        "For instance the customer: all rows of one customer are then either learned from or tested on, never both.",
        "例如客户：同一客户的所有数据要么都用来训练，要么都用来检验，不会两边都有。",
    ),
    default=(),
)


@dataclass(frozen=True)
class Settings:
    """What a business user may choose. A scenario adds fields, each with `setting(Field(...))`; everything else is a
    constant beside its use."""

    mode: Mode = "quick"
    seed: int = 13
    keep_together: tuple[str, ...] = ()
    """Columns of which equal values stay on one side of the test; asked by scenarios that use KEEP_TOGETHER."""

    @classmethod
    def form(cls) -> list[Field]:
        return [f.metadata["field"] for f in fields(cls) if "field" in f.metadata]

    @classmethod
    def told(cls) -> dict[str, Field]:
        """Every setting that has words, asked or not."""
        found = [f.metadata.get("field") or f.metadata.get("unasked") for f in fields(cls)]
        return {one.key: one for one in found if one}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Settings:
        """Settings from plain values. Raises UserError for a name or a value that the scenario does not know."""
        known = {f.name: f for f in fields(cls)}
        unknown = [name for name in values if name not in known]
        if unknown:
            raise UserError(
                Text(
                    "There is no setting “{name}”. Known settings: {known}.",
                    "没有名为“{name}”的设置。可用的设置：{known}。",
                ).fill(name=unknown[0], known=", ".join(known))
            )
        return cls(**{name: _fitting(known[name], value) for name, value in values.items()})


def _fitting(spec: Any, value: Any) -> Any:
    """The value in the setting's own type, from JSON or from the command line's text."""
    default = spec.default if spec.default is not MISSING else spec.default_factory()
    form: Field | None = spec.metadata.get("field")
    try:
        if isinstance(default, bool):
            value = value if isinstance(value, bool) else str(value).strip().lower() in ("1", "true", "yes", "on", "是")
        elif isinstance(default, (int, float)):
            value = type(default)(value)
        elif isinstance(default, Mapping) and isinstance(value, str):
            value = dict(pair.split("=", 1) for pair in value.split(",") if pair)
        elif isinstance(default, tuple):
            value = tuple(value.split(",")) if isinstance(value, str) else tuple(value)
    except (TypeError, ValueError):
        raise _unfit(spec.name, value) from None
    options = (
        MODES if spec.name == "mode" else tuple(o.value for o in form.options) if form and form.kind == "choice" else ()
    )
    if options and value not in options:
        raise _unfit(spec.name, value, options)
    if (
        form
        and form.kind == "number"
        and not ((form.low is None or value >= form.low) and (form.high is None or value <= form.high))
    ):
        raise _unfit(spec.name, value, (f"{form.low}–{form.high}",))
    return value


def _unfit(name: str, value: Any, options: Sequence[Any] = ()) -> UserError:
    text = Text("“{value}” does not fit the setting “{name}”.", "“{value}”不适合设置“{name}”。").fill(
        value=same(value), name=name
    )
    if options:
        said = ", ".join(str(option) for option in options)
        text = Text(f"{text.en} Possible: {said}.", f"{text.zh}可选：{said}。")
    return UserError(text)
