"""Ranges of persons, so that a run can work through a delivery piece by piece; DuckDB's expression objects.

A range is a stretch of the sorted ids, not a hash of them: Parquet files sorted by person are then read only where
the range lies.
"""

from __future__ import annotations

from itertools import pairwise

import duckdb
from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

from ipscausal.warehouse.protocol import PERSON, PersonRange

_ID = PERSON[0]


def person_ranges(persons: duckdb.DuckDBPyRelation, pieces: int) -> tuple[PersonRange, ...]:
    """Ranges with about equally many rows of `persons`, in order; fewer where ids repeat. The outermost are open."""
    if pieces < 2:
        return (PersonRange(),)
    shares = ConstantExpression([k / pieces for k in range(1, pieces)])
    column = ColumnExpression(_ID)
    cut = persons.filter(column.isnotnull()).aggregate([FunctionExpression("quantile_disc", column, shares)])
    bounds = [None, *sorted(set(cut.fetchall()[0][0] or ())), None]
    return tuple(PersonRange(low, high) for low, high in pairwise(bounds))


def within(table: duckdb.DuckDBPyRelation, people: PersonRange) -> duckdb.DuckDBPyRelation:
    """The rows of persons in the range; rows without a person are in the first one, so that every row is in one."""
    column = ColumnExpression(_ID)
    if people.low is not None:
        table = table.filter(column >= ConstantExpression(people.low))
    if people.high is not None:
        below = column < ConstantExpression(people.high)
        table = table.filter(below | column.isnull() if people.low is None else below)
    return table
