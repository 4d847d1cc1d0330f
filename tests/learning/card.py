"""A graphics card made believe: tensors that reckon on the processor and, like a card's, mix with none that lie elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

CARD = torch.device("meta")
"""The device that its tensors name: torch lets it be used where there is no card."""
MOVES = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)


class OnCard(torch.Tensor):
    """A tensor on the card; `held` is its value, on the processor."""

    held: torch.Tensor

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> OnCard:
        made = torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls, held.shape, strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype, device=CARD,
            requires_grad=held.requires_grad,
        )  # fmt: skip
        made.held = held.detach()
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return reckoned(func, args, kwargs or {})


class Card(TorchDispatchMode):
    """Inside, what is sent to CARD lies on the card."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return reckoned(func, args, kwargs or {})


def reckoned(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    given: list[torch.Tensor] = []
    tree_map(lambda one: given.append(one) if isinstance(one, torch.Tensor) else None, (args, kwargs))
    on_card = any(isinstance(one, OnCard) for one in given)
    if func not in MOVES and on_card and any(one.ndim and not isinstance(one, OnCard) for one in given):
        raise RuntimeError(f"{func}: expected all tensors to be on the same device")
    place = kwargs.get("device")
    if place is not None:
        on_card = torch.device(place).type == CARD.type
        kwargs = {**kwargs, "device": torch.device("cpu")}
    out = func(*tree_map(_off, args), **tree_map(_off, kwargs))
    if on_card and func._schema.is_mutable:
        return args[0]
    return tree_map(lambda one: OnCard(one) if isinstance(one, torch.Tensor) else one, out) if on_card else out


def _off(one: Any) -> Any:
    return one.held if isinstance(one, OnCard) else one


def put_on_card(module: nn.Module) -> None:
    """Moves the module there, as a training on a card leaves it."""
    for part in module.modules():
        for name, value in part._parameters.items():
            if value is not None:
                part._parameters[name] = nn.Parameter(OnCard(value.detach()), value.requires_grad)
        for name, value in part._buffers.items():
            if value is not None:
                part._buffers[name] = OnCard(value)


def trained_on_card(train: Callable[..., Any]) -> Callable[..., Any]:
    """The engine's `train`, on the processor; then the model lies on the card."""

    def trained(model: nn.Module, rows: Any, score: Any, recipe: Any, run: Any, *args: Any, **kwargs: Any) -> Any:
        here = replace(run, hardware=replace(run.hardware, kind="cpu"))
        done = train(model, rows, score, recipe, here, *args, **kwargs)
        put_on_card(model)
        return done

    return trained


def no_inference_mode(patch: pytest.MonkeyPatch) -> None:
    """Tensors made in it are none that a subclass may wrap: no gradients are kept instead."""

    def enter(self: torch.inference_mode) -> None:
        self.before = torch.is_grad_enabled()  # type: ignore[attr-defined]
        torch.set_grad_enabled(False)

    def leave(self: torch.inference_mode, *error: object) -> None:
        torch.set_grad_enabled(self.before)  # type: ignore[attr-defined]

    patch.setattr(torch.inference_mode, "__enter__", enter)
    patch.setattr(torch.inference_mode, "__exit__", leave)
