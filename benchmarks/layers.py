"""Which layers the head over tokens should read, judged out of fold on training rows; the test rows are not opened.

    python benchmarks/layers.py [--data FOLDER] [--sets sst2,airline_tweets] [--layers 3,6,3+6] [--rows N]

Prints a Markdown table of accuracy and log loss of that head alone and of Quick's blend with it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd
import torch

from benchmarks.sentiment import SETS
from core.learning.engine import Run
from core.learning.features import TokenStates, layer_means, max_tokens, ready_for_inference, tokenise
from core.learning.fitting import Answers, fold_of, kind_of, pick_encoder, prepare
from core.learning.heads import fit_head
from core.learning.ngrams import fit_ngrams
from core.learning.pool_fitting import fit_pools
from core.progress import Silent


def main() -> None:
    options = parse()
    print("| data | layers | head: accuracy | log loss | blend: accuracy | log loss |\n|" + "---|" * 6, flush=True)
    for name in options.sets.split(","):
        compare(name, [tuple(map(int, one.split("+"))) for one in options.layers.split(",")], options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("MODELWRIGHT_BENCH_DATA", "../shared/data"))
    parser.add_argument("--sets", default="sst2,airline_tweets")
    parser.add_argument("--layers", default="3,6,3+6")
    parser.add_argument("--rows", type=int, help="only so many training rows")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def compare(name: str, choices: list[tuple[int, ...]], options: argparse.Namespace) -> None:
    known = SETS[name]
    file = Path(options.data) / "sentiment" / name / known.train
    frame = pd.read_csv(file, keep_default_na=False, nrows=options.rows or known.rows)
    data = prepare(frame[known.text].tolist(), frame[known.label].astype(str).tolist(), seed=options.seed)
    run = Run(options.seed, Silent(Path(tempfile.mkdtemp())))
    encoder = pick_encoder(data, known.language, run.hardware)
    if encoder is None:
        raise SystemExit("no encoder reads this language here")
    model = ready_for_inference(encoder.model(), run.hardware)
    ids = tokenise(encoder.tokenizer, data.texts, max_tokens(model.config, run.hardware))
    kept = [
        TokenStates([len(row) for row in ids], len(one) * model.config.hidden_size, run.hardware) for one in choices
    ]

    def look(rows: list[int], states: Sequence[torch.Tensor], mask: torch.Tensor) -> None:
        for one, tokens in zip(choices, kept, strict=True):
            tokens.put(rows, torch.cat([states[layer] for layer in one], dim=-1))

    means = layer_means(model, ids, run.hardware, look=look)
    folds, classes = fold_of(data), len(data.classes)
    words = fit_ngrams(data.texts, data.y, classes, folds, kind_of(data)).out_of_fold
    head = fit_head(means, data.y, classes, folds, each_layer=False).out_of_fold
    for one, tokens in zip(choices, kept, strict=True):
        fresh = Run(options.seed, Silent(Path(tempfile.mkdtemp())))
        own = fit_pools(tokens, np.arange(len(data.y)), data.folds, classes, folds, fresh).out_of_fold
        alone, blend = (
            Answers({"tokens": own}, data.y),
            Answers({"encoder": head, "tokens": own, "ngrams": words}, data.y),
        )
        cells = [f"{(said.blended.argmax(1) == data.y).mean():.4f} | {said.log_loss:.4f}" for said in (alone, blend)]
        print(f"| {name} | {'+'.join(map(str, one))} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
