"""The sequence transformer of a recommender as a module that can leave the house: item codes in, a score an item out."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import nn

from core.learning.portable import Portable
from core.learning.sequences.events import History
from core.learning.sequences.model import Recommender
from core.learning.sequences.transformer import NextItem, SequenceModel


def of_recommender(model: Recommender, histories: Sequence[History]) -> list[Portable]:
    """Each network of the recommender, by the name of its part; none where there are only counts and matrices."""
    found = []
    for name, part in model.parts.items():
        if isinstance(part, SequenceModel):
            network = deepcopy(part.network).cpu().eval()
            rows = SequenceModel(network, part.seen).inputs_of(histories)
            with torch.no_grad():
                said = {"scores": _Scoring(network)(torch.from_numpy(rows["items"])).numpy()}
            about = {
                "length": network.shape.length,
                "nothing": network.nothing,
                "items": "places in model/recommender.json's items, the earliest first, filled up with `nothing`",
                "outputs": {"scores": "a score for each item, the higher the likelier"},
            }
            found.append(Portable(name, _Scoring(network).eval(), rows, said, about))
    return found


class _Scoring(nn.Module):
    """What `SequenceModel` asks of its network, as one module."""

    def __init__(self, network: NextItem) -> None:
        super().__init__()
        self.network = network

    def forward(self, items: torch.Tensor) -> torch.Tensor:
        return self.network.last(self.network.encode(self.network.items(items)), items)
