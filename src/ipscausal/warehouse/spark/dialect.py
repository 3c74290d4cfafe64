"""The SQL of a model as Spark reads it: the same tree, written in another dialect, with three readings kept alike.

Models hold no second version of themselves: sqlglot parses the file and writes it anew. Where the engines read the same
words differently, the tree is changed here so that Spark reads what DuckDB reads. Text that DuckDB takes for a date or
a number in an unusual way (2015 01 05, 1_000) is no date and no number here: an error of the contract, never another
value.
"""

from __future__ import annotations

from functools import cache

import sqlglot
from sqlglot import exp

DATE = r"^\s*([0-9]{4,5})([-/])([0-9]{1,2})\2([0-9]{1,2})([ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?)?\s*$"
NUMBER = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"
_WHOLE = (exp.DataType.Type.INT, exp.DataType.Type.BIGINT)
_WIDE = exp.DataType.build("decimal(38, 10)")


@cache
def to_spark(sql: str) -> str:
    """The SELECT of a model in Spark's dialect; `$name` becomes `:name`, every identifier is quoted."""
    tree = sqlglot.parse_one(sql, read="duckdb").transform(_as_duckdb_reads)
    return tree.sql(dialect="spark", identify=True, comments=False)


def _as_duckdb_reads(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.RegexpLike):
        return exp.RegexpLike(this=node.this, expression=_at_the_very_end(node.expression))
    if type(node) is exp.TryCast:
        return _read_from_text(node.this, node.to)
    return node


def _at_the_very_end(pattern: exp.Expression) -> exp.Expression:
    """Java's `$` also matches before a last line break."""
    text = pattern.name
    return exp.Literal.string(rf"{text[:-1]}\z") if text.endswith("$") else pattern


def _read_from_text(text: exp.Expression, to: exp.DataType) -> exp.Expression:
    """Spark reads 2015 as the first of January, 2015.6 as no whole number, and 1.5d as a number."""
    if to.this == exp.DataType.Type.DATE:
        parts = [exp.Literal.string("-"), *(_group(text, number) for number in (1, 3, 4))]
        return _where(text, DATE, _try_cast(exp.Anonymous(this="concat_ws", expressions=parts), to))
    if to.this in _WHOLE:
        rounded = exp.Round(this=_try_cast(text, _WIDE), decimals=exp.Literal.number(0))
        return _where(text, NUMBER, _try_cast(rounded, to))
    return _where(text, NUMBER, _try_cast(text, to))


def _try_cast(value: exp.Expression, to: exp.DataType) -> exp.Expression:
    # without `safe` sqlglot writes a cast that fails
    return exp.TryCast(this=value.copy(), to=to.copy(), safe=True)


def _group(text: exp.Expression, number: int) -> exp.Expression:
    pattern = _at_the_very_end(exp.Literal.string(DATE))
    return exp.Anonymous(this="regexp_extract", expressions=[text.copy(), pattern, exp.Literal.number(number)])


def _where(text: exp.Expression, pattern: str, then: exp.Expression) -> exp.Expression:
    looks = exp.RegexpLike(this=text.copy(), expression=_at_the_very_end(exp.Literal.string(pattern)))
    return exp.Case(ifs=[exp.If(this=looks, true=then)])
