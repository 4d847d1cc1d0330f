"""What a machine with a graphics card makes of Modelwright, in one run of at most 8 minutes.

    python benchmarks/gpu.py [--only card,sentiment,…] [--out gpu.jsonl] [--encoder FOLDER] [--minutes 8]
    python benchmarks/gpu.py --pack FOLDER     put this machine's English encoder there in 16 bits, to be carried along
    python benchmarks/gpu.py --toy             all of it at toy size on a processor, in seconds

Every part runs in a process of its own with a time limit, and writes its figures as JSON lines as it goes, so that a run that is
cut off still tells. It needs torch, transformers, numpy, pandas, scikit-learn and safetensors and no network; a part that
needs what is not installed says so and is passed over. Without `--encoder` it takes the encoder that Modelwright would take, or
where there is none one of MiniLM's shape with random weights. Exit code 1 where a part failed or was cut off.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.gpu_data import FULL, TOY, Size, make_encoder, pack_encoder
from core.learning.encoders import MODELS_VARIABLE, available

LIMITS = {
    "card": 45, "sentiment": 150, "out_of_memory": 60, "killed": 60, "precision": 90, "bot": 75, "resuming": 75, "lora": 75,
    "sequence": 75, "table": 75, "house": 180,
}  # fmt: skip
"""The parts in the order of their worth, with the seconds that each may take."""
LEAST_SECONDS = 5.0
ENCODER, ENCODER_SECONDS = "encoder", 60.0
TOYS_AT_ONCE = 2
SHARED = ["benchmarks.gpu_parts", "core.learning.trial"]
"""What a toy's processes import once for all."""


@dataclass(frozen=True)
class Lines:
    """JSON lines of one part, printed and added to a file."""

    part: str
    out: Path | None

    def __call__(self, **figures: Any) -> None:
        line = json.dumps({"part": self.part, **_plain(figures)}, ensure_ascii=False)
        print(line, flush=True)
        if self.out is not None:
            with self.out.open("a", encoding="utf-8") as opened:
                opened.write(line + "\n")


def _plain(value: Any) -> Any:
    """With four significant digits, as JSON knows it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "item"):
        return _plain(value.item())
    return float(f"{value:.4g}") if isinstance(value, float) else value


@dataclass(frozen=True)
class Bench:
    """One run of this script: how much of everything, a folder to work in, where lines go, and when it must be over."""

    size: Size
    folder: Path
    out: Path | None
    until: float

    def run(self, part: str) -> bool:
        """Whether the part went through."""
        seconds = min(LIMITS[part], self.until - time.monotonic())
        if seconds < LEAST_SECONDS:
            Lines(part, self.out)(skipped="no time was left")
            return True
        return self.in_process(part, run_part, seconds)

    def in_process(self, part: str, do: Callable[..., None], seconds: float) -> bool:
        """Whether it ended well in a process of its own, which is killed with all that it started when its time is up."""
        tell, place, began = Lines(part, self.out), self.folder / part, time.monotonic()
        place.mkdir()
        process = multiprocessing.get_context(self.size.start).Process(target=do, args=(tell, self.size, place))
        process.start()
        process.join(seconds)
        late = process.is_alive()
        _kill_group(process)
        if late:
            tell(timed_out=seconds)
        elif process.exitcode not in (0, FAILED):
            tell(error=f"its process ended with {process.exitcode}")
        tell(ended=not late and process.exitcode == 0, seconds=time.monotonic() - began)
        return not late and process.exitcode == 0


FAILED = 7
"""Exit code of a part that has told its error itself."""


def _kill_group(process: Any) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def run_part(tell: Lines, size: Size, folder: Path) -> None:
    """In the part's own process, which leads a group of its own."""
    os.setsid()
    try:
        from benchmarks import gpu_parts

        getattr(gpu_parts, tell.part)(tell, size, folder)
    except ImportError as error:
        tell(skipped=f"{error.name} is not installed" if error.name else str(error))
    except Exception as error:
        traceback.print_exc()
        tell(error=f"{type(error).__name__}: {error}")
        sys.exit(FAILED)


def prepare_encoder(tell: Lines, size: Size, folder: Path) -> None:
    os.setsid()
    make_encoder(folder / "random-weights", size)


def place_encoder(bench: Bench, given: Path | None) -> None:
    """Sees to it that every part finds an encoder, in the way in which an operator would provide it. Processes see the
    environment as it was when the first of them started."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    if given is None and not bench.size.toy and any(one.ready and "en" in one.languages for one in available()):
        return
    models = bench.folder / ENCODER
    os.environ[MODELS_VARIABLE] = str(models)
    if given is None:
        bench.in_process(ENCODER, prepare_encoder, ENCODER_SECONDS)
    else:
        models.mkdir()
        (models / given.resolve().name).symlink_to(given.resolve(), target_is_directory=True)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--only", default=",".join(LIMITS), help="names of parts, with commas between them")
    asked.add_argument("--out", type=Path, help="a file for the lines, which are printed too")
    asked.add_argument("--encoder", type=Path, help="a folder with config.json, tokenizer.json and model.safetensors")
    asked.add_argument("--minutes", type=float, default=8.0)
    asked.add_argument("--toy", action="store_true")
    asked.add_argument("--pack", type=Path)
    args = asked.parse_args()
    if args.pack:
        pack_encoder(args.pack)
        return 0
    wanted = args.only.split(",")
    if unknown := set(wanted) - set(LIMITS):
        asked.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(LIMITS)}")
    if args.out:
        args.out.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(TOY if args.toy else FULL, Path(name), args.out, time.monotonic() + 60 * args.minutes)
        return 0 if all(run(bench, wanted, args.encoder)) else 1


def run(bench: Bench, wanted: list[str], encoder: Path | None) -> list[bool]:
    """Whether each part went through; toys, which nobody times, two at a time and the longest first."""
    if bench.size.toy:
        os.environ |= {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        multiprocessing.get_context("forkserver").set_forkserver_preload(SHARED)
    place_encoder(bench, encoder)
    parts = [part for part in LIMITS if part in wanted]
    if bench.size.toy:
        parts.sort(key=LIMITS.__getitem__, reverse=True)
    with ThreadPoolExecutor(TOYS_AT_ONCE if bench.size.toy else 1) as several:
        return list(several.map(bench.run, parts))


if __name__ == "__main__":
    sys.exit(main())
