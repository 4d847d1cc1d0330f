"""How fast a trained model answers: one text at a time, and a whole file.

    python benchmarks/serving.py --run 1 --file ../shared/data/sentiment/airline_tweets/test.csv --column text

Needs a running Modelwright (`make run`) on the same MODELWRIGHT_HOME with the run finished. Single answers include the words
that mattered and go through the model server, as the page's do; the file goes through a batch, from upload to result.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.data.reading import read_file
from core.services import predictions
from core.words import UserError

SINGLE = 60
LAST_SECONDS = 900


def wait_for_model(run_id: int, text: str, field: str) -> float:
    """Seconds until the first answer, the model's loading included."""
    begin = time.perf_counter()
    while time.perf_counter() - begin < 120:
        try:
            predictions.answer(run_id, {field: text}, {})
            return time.perf_counter() - begin
        except UserError:
            time.sleep(0.2)
    raise SystemExit("the model server did not answer")


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--run", type=int, required=True)
    ask.add_argument("--file", type=Path, required=True)
    ask.add_argument("--column", required=True, help="the text column of the file")
    ask.add_argument("--field", default="text", help="the live form's field")
    args = ask.parse_args()
    texts = [str(text) for text in read_file(args.file, args.file.name).frame[args.column].dropna().tolist()]
    print(f"first answer, loading included: {wait_for_model(args.run, texts[0], args.field):.2f} s")
    seconds = []
    for text in texts[1 : SINGLE + 1]:
        begin = time.perf_counter()
        predictions.answer(args.run, {args.field: text}, {})
        seconds.append(time.perf_counter() - begin)
    ordered = sorted(seconds)
    print(
        f"one answer with its reasons: median {statistics.median(ordered) * 1000:.0f} ms, "
        f"p95 {ordered[int(0.95 * len(ordered))] * 1000:.0f} ms over {len(ordered)} texts"
    )
    begin = time.perf_counter()
    batch = predictions.start_batch(args.run, args.file.name, args.file, {})
    view = predictions.batch(batch)
    while view.status in ("queued", "running") and time.perf_counter() - begin < LAST_SECONDS:
        time.sleep(0.1)
        view = predictions.batch(batch)
    took = time.perf_counter() - begin
    print(f"a file of {view.rows:,} rows: {took:.1f} s, {view.rows / took:.0f} rows/s ({view.status})")


if __name__ == "__main__":
    main()
