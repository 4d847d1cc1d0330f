"""How many odd files are read rightly, and how fast a million rows are, by Modelwright, pandas and DuckDB.

    python benchmarks/reading.py --data shared/data/messy [--rows 1000000]

`--data` is a folder of odd files whose right reading is known (TRUTH). A file counts as read rightly when the table has the
right number of rows and columns and the right names, or, for one that holds no table, when it is refused with a sentence.
That is generous to the others: the cells are not compared. DuckDB takes part where it is installed.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.data.reading import read_file
from core.words import UserError
from tests.data.test_messy import MESSY

HOPELESS = ("edge_empty.csv", "edge_header_only.csv", "hotel_mixed_encoding.csv")
LINE = '{n},"the crew was helpful, and the flight late again",negative,"${k:,}.50",{day:02d}/{month:02d}/2024\n'


def modelwright(path: Path) -> pd.DataFrame:
    return read_file(path, path.name).frame


def pandas_defaults(path: Path) -> pd.DataFrame:
    return pd.read_csv(path)


def duckdb_sniffer(path: Path) -> pd.DataFrame:
    import duckdb

    return duckdb.sql(f"SELECT * FROM read_csv('{path}')").df()


READERS = {"Modelwright": modelwright, "pandas.read_csv": pandas_defaults, "DuckDB read_csv": duckdb_sniffer}


def is_right(reader: str, path: Path) -> bool:
    try:
        found = READERS[reader](path)
    except UserError:
        return path.name in HOPELESS
    except Exception:
        return path.name in HOPELESS
    if path.name not in MESSY:
        return False
    rows, columns = MESSY[path.name]
    names = list(modelwright(path).columns)
    wide = len(names) if isinstance(columns, int) else len(columns)
    return (len(found), found.shape[1]) == (rows, wide) and [str(name) for name in found.columns] == names


def collection(folder: Path) -> None:
    paths = sorted(path for path in folder.iterdir() if path.name in MESSY or path.name in HOPELESS)
    for reader in READERS:
        if reader.startswith("DuckDB") and not has_duckdb():
            print(f"{reader:<20} not installed")
            continue
        right = [path.name for path in paths if is_right(reader, path)]
        wrong = sorted({path.name for path in paths} - set(right))
        print(f"{reader:<20}{len(right):3d} of {len(paths)} files read rightly   wrong: {', '.join(wrong) or 'none'}")


def has_duckdb() -> bool:
    import importlib.util

    return importlib.util.find_spec("duckdb") is not None


def million(rows: int) -> None:
    """Each reader in a process of its own: its seconds of processor time, its peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.csv"
        lines = (LINE.format(n=n, k=n % 90_000, day=n % 28 + 1, month=n % 12 + 1) for n in range(rows))
        path.write_text("id,text,label,price,when\n" + "".join(lines))
        size = path.stat().st_size / 1e6
        for reader in READERS:
            if reader.startswith("DuckDB") and not has_duckdb():
                continue
            ran = subprocess.run(
                [sys.executable, __file__, "--one", reader, "--data", str(path)],
                capture_output=True,
                text=True,
                check=True,
            )
            worked, peak = map(float, ran.stdout.split()[-2:])
            print(
                f"{reader:<20}{rows:,} rows, {size:.0f} MB: {worked:5.2f} s of processor, peak {peak:,.0f} MB, {rows / worked:,.0f} rows/s"
            )


def one(reader: str, path: Path) -> None:
    begun = time.process_time()
    READERS[reader](path)
    print(time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, required=True)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--one", choices=READERS)
    said = asked.parse_args()
    if said.one:
        one(said.one, said.data)
        return
    collection(said.data)
    million(said.rows)


if __name__ == "__main__":
    main()
