"""The rows that a view asks for, lazily, and its columns as words, numbers or moments."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import polars as pl

from core.data.amounts import as_numbers
from core.data.profile import ColumnProfile, Profile
from core.views import Filter
from core.words import Text, UserError, same

EMPTY = Text("(empty)", "（空）")
OTHERS = Text("{n} others", "其他 {n} 种")
FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d", "%Y/%m/%d %H:%M", "%d.%m.%Y",
           "%Y年%m月%d日")  # fmt: skip
SAMPLE = 500
NOT_A_LIMIT = Text("“{value}” is no limit for “{column}”.", "“{value}”不能作为“{column}”的界限。")


@dataclass
class Source:
    """A table's rows that fit the filters. `kinds` are its columns' profiles; expressions are made once a column."""

    frame: pl.LazyFrame
    kinds: Mapping[str, ColumnProfile]
    schema: Mapping[str, pl.DataType]
    filters: Sequence[Filter] = ()
    _made: dict[tuple[str, str], pl.Expr] = field(default_factory=dict)

    def rows(self) -> int:
        return int(self.filtered().select(pl.len()).collect().item())

    def filtered(self) -> pl.LazyFrame:
        frame = self.frame
        for one in self.filters:
            frame = frame.filter(self._fits(one))
        return frame

    def select(self, **columns: pl.Expr) -> pl.LazyFrame:
        return self.filtered().select(**columns)

    def words(self, name: str) -> pl.Expr:
        """The cells as text, 1.0 as 1; empty ones are null."""
        column, kind = pl.col(name), self.schema[name]
        if kind.is_float():
            whole = column == column.floor()
            return (
                pl.when(whole)
                .then(column.cast(pl.Int64, strict=False).cast(pl.String))
                .otherwise(column.cast(pl.String))
            )
        text = column.cast(pl.String)
        return pl.when(text.str.len_bytes() > 0).then(text) if kind == pl.String else text

    def numbers(self, name: str) -> pl.Expr:
        """The cells as numbers: of a column of numbers (also written as text) what they say, of free text its length in
        characters; null where there is none."""
        column, kind = pl.col(name), self.schema[name]
        if kind == pl.Boolean:
            return column.cast(pl.Float64)
        if kind.is_numeric():
            value = column.cast(pl.Float64)
            return pl.when(value.is_finite()).then(value)
        if self.kinds[name].kind == "text":
            return column.cast(pl.String).str.len_chars().cast(pl.Float64)
        return self._made.setdefault((name, "number"), self._read_numbers(name))

    def measure(self, name: str) -> Text:
        """What `numbers` measures of a column."""
        if self.kinds[name].kind == "text" and self.schema[name] == pl.String:
            return Text(f"Characters in “{name}”", f"“{name}”的字符数")
        return same(f"“{name}”")

    def moments(self, name: str) -> pl.Expr:
        """The cells as moments; null where there is none."""
        column, kind = pl.col(name), self.schema[name]
        if kind.is_temporal():
            return column.cast(pl.Datetime("us"))
        return self._made.setdefault((name, "time"), self._read_moments(name))

    def _read_numbers(self, name: str) -> pl.Expr:
        """By reading every different spelling once."""
        different = (
            self.frame.select(pl.col(name).cast(pl.String).unique()).collect().to_series().drop_nulls().to_list()
        )
        read = as_numbers(pd.Series(different, dtype="str"))
        known = {text: value for text, value in zip(different, read.tolist(), strict=True) if not math.isnan(value)}
        return pl.col(name).cast(pl.String).replace_strict(known, default=None, return_dtype=pl.Float64)

    def _read_moments(self, name: str) -> pl.Expr:
        """In the formats that read a sample; a column that none of them reads wholly is read by its spellings."""
        column = pl.col(name).cast(pl.String)
        sample = self.frame.select(column.drop_nulls().head(SAMPLE).alias("cell")).collect()
        tries = {form: pl.col("cell").str.to_datetime(form, strict=False, exact=True) for form in FORMATS}
        read = sample.select(**{f"f{k}": one.is_not_null() for k, one in enumerate(tries.values())})
        useful = [form for k, form in enumerate(FORMATS) if read[f"f{k}"].any()]
        if useful and read.select(pl.any_horizontal(pl.all())).to_series().all():
            return pl.coalesce(column.str.to_datetime(form, strict=False) for form in useful).cast(pl.Datetime("us"))
        different = self.frame.select(column.unique()).collect().to_series().drop_nulls().to_list()
        moments = pd.to_datetime(pd.Series(different, dtype="str"), format="mixed", errors="coerce", utc=True)
        known = {
            text: moment.to_pydatetime().replace(tzinfo=None)
            for text, moment in zip(different, moments, strict=True)
            if not pd.isna(moment)
        }
        return column.replace_strict(known, default=None, return_dtype=pl.Datetime("us"))

    def _fits(self, one: Filter) -> pl.Expr:
        fits = pl.lit(True)
        if one.values:
            words = self.words(one.column)
            named = words.is_in([value for value in one.values if value])
            fits &= (named.fill_null(False) | words.is_null()) if "" in one.values else named.fill_null(False)
        if one.text:
            text = pl.col(one.column).cast(pl.String).str.to_lowercase()
            fits &= text.str.contains(one.text.lower(), literal=True).fill_null(False)
        for limit, is_low in ((one.low, True), (one.high, False)):
            if limit:
                fits &= self._beyond(one.column, limit, is_low).fill_null(False)
        return fits

    def _beyond(self, name: str, limit: str, is_low: bool) -> pl.Expr:
        try:
            if self.kinds[name].kind == "time":
                moment = pd.Timestamp(limit).to_pydatetime()
                value = self.moments(name)
                end = value.dt.truncate("1d") if len(limit) <= 10 and not is_low else value
                return value >= moment if is_low else end <= moment
            number = float(limit)
        except ValueError:
            raise UserError(NOT_A_LIMIT.fill(value=limit, column=name)) from None
        return self.numbers(name) >= number if is_low else self.numbers(name) <= number


def source(path: Path, profile: Profile) -> Source:
    """The whole table, lazily."""
    frame = pl.scan_parquet(path, glob=False)
    return Source(frame, {column.name: column for column in profile.columns}, frame.collect_schema())


def columns_of(path: Path, profile: Profile, columns: Sequence[str], filters: Sequence[Filter] = ()) -> Source:
    """These columns of the rows that fit the filters, read once."""
    table = source(path, profile)
    table.filters = [one for one in filters if one.column in table.kinds]
    return Source(table.filtered().select(columns).collect().lazy(), table.kinds, table.schema)
