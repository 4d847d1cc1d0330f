"""The networks of a table's model as modules that can leave the house: rows as encoded in, log-odds out."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional

from core.learning.portable import Portable
from core.learning.tabular.columns import Columns, Encoded
from core.learning.tabular.model import TabularModel, networks_of
from core.learning.tabular.network import Network, inputs_of


def of_table(model: TabularModel, frame: pd.DataFrame) -> list[Portable]:
    """Each network of the model, by the name of its folder; none where there are only trees and scorecards."""
    encoded, found = model.columns.encode(frame), []
    for name, network, scores in networks_of(model):
        rows = encoded if scores is None else scores(encoded)
        own = Network(network.scaler, deepcopy(network.ensemble).cpu(), {})
        said = {"log_odds": own.member_log_odds(rows).astype(np.float32)}
        found.append(Portable(name, _Scaling(own).eval(), inputs_of(rows), said, _about(model.columns, encoded, rows)))
    return found


def _about(columns: Columns, encoded: Encoded, rows: Encoded) -> dict[str, object]:
    """What the inputs are: the column behind each number (a date gives days, month and weekday; a free text one score), and
    the values behind each category's codes from 2 up, 0 being missing and 1 any other."""
    count = encoded.numbers.shape[1]
    known = {plan.name: list(plan.known) for plan in columns.plans}
    names = [*encoded.sources[:count], *encoded.sources[count : count + rows.numbers.shape[1] - count]]
    categories = encoded.sources[len(encoded.sources) - encoded.categories.shape[1] :]
    return {
        "numbers": names,
        "categories": {name: known[name] for name in categories},
        "outputs": {"log_odds": "log-odds of the bad end by each of the ensemble's members"},
    }


class _Scaling(nn.Module):
    """What `Network.member_log_odds` computes, the scaling of numbers included: between knots it is linear, beyond them
    constant."""

    knots: torch.Tensor
    scores: torch.Tensor
    starts: torch.Tensor

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.ensemble = network.ensemble
        scaler = network.scaler
        longest = 1 + max(map(len, scaler.knots), default=1)
        knots = [
            functional.pad(torch.from_numpy(own), (0, longest - len(own)), value=torch.inf) for own in scaler.knots
        ]
        scores = [torch.from_numpy(np.pad(own, (0, longest - len(own)), mode="edge")) for own in scaler.scores]
        self.register_buffer("knots", torch.stack(knots).double())
        self.register_buffer("scores", torch.stack(scores).double())
        self.register_buffer("starts", torch.arange(len(knots)) * longest)

    def forward(self, numbers: torch.Tensor, categories: torch.Tensor) -> torch.Tensor:
        gone = torch.isnan(numbers)
        value = torch.where(gone, 0.0, numbers)
        place = (self.knots <= value[..., None]).long().sum(-1).clamp(min=1) - 1 + self.starts
        knots, scores = self.knots.flatten(), self.scores.flatten()
        along = ((value - knots[place]) / (knots[place + 1] - knots[place])).clamp(0, 1)
        scaled = scores[place] + along * (scores[place + 1] - scores[place])
        logits: torch.Tensor = self.ensemble(torch.where(gone, torch.nan, scaled).float(), categories)["logits"]
        return logits
