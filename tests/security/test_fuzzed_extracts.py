"""Deliveries of any content are read or refused in words: no traceback, no exit 1, and never a value of theirs."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lib import delivery

from ipscausal import pipeline
from ipscausal.errors import IpsError
from ipscausal.machine import Machine
from ipscausal.study import Study

HERE = Machine(threads=1)
MARK = "PLANTED"
FAR = [dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(1582, 10, 10), dt.date(2015, 2, 28), dt.date(1970, 1, 1)]
AFAR = (-(2**31), 2**31 - 1, -719_163, 0, 16_436)
"""Days since 1970 as files may hold them, most of them outside what Python or a calendar knows."""


ODD_TEXTS = [
    f"{MARK}{'x' * 10_000}", "", " ", "0301", f"'{MARK}", f'{MARK}"; drop table x', "\x00", "\ufeff", "\u202e", "NaN",
    "1e400", "-0", "\U0001f600", "2015-02-30", "0000-00-00", "99999999999999999999",
]  # fmt: skip
ODD_FLOATS = [0.0, -0.0, float("nan"), float("inf"), -float("inf"), 1e308, 5e-324, 100.0, 33.333, -1.0]
ODD_WHOLES = [0, -1, 2**63 - 1, -(2**63), 301, 100, 2**53 + 1, 47_114_711]


def _texts(rows: int) -> st.SearchStrategy[pa.Array]:
    one = st.one_of(st.sampled_from(ODD_TEXTS), st.none(), st.text(max_size=5).map(lambda text: MARK + text))
    kinds = st.sampled_from([pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())])
    return st.tuples(_cells(one, rows), kinds).map(lambda drawn: pa.array(drawn[0], pa.string()).cast(drawn[1]))


def _cells(one: st.SearchStrategy[Any], rows: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(one, min_size=rows, max_size=rows)


def _numbers(rows: int) -> st.SearchStrategy[pa.Array]:
    floats, wholes = st.sampled_from(ODD_FLOATS), st.sampled_from(ODD_WHOLES)
    decimals = st.decimals(-(10**30), 10**30, places=4, allow_nan=False, allow_infinity=False)
    return st.one_of(
        _cells(st.one_of(floats, st.none()), rows).map(lambda cells: pa.array(cells, pa.float64())),
        _cells(st.one_of(floats, st.none()), rows).map(lambda cells: pa.array(cells, pa.float64()).cast(pa.float32())),
        _cells(st.one_of(wholes, st.none()), rows).map(lambda cells: pa.array(cells, pa.int64())),
        _cells(st.sampled_from([0, 2**64 - 1, None]), rows).map(lambda cells: pa.array(cells, pa.uint64())),
        _cells(decimals, rows).map(lambda cells: pa.array(cells, pa.decimal128(38, 4))),
    )


def _times(rows: int) -> st.SearchStrategy[pa.Array]:
    days = st.one_of(st.sampled_from(FAR), st.none(), st.dates())
    raw = st.one_of(st.sampled_from(AFAR), st.none())
    seconds = st.sampled_from([0, 43_200, -(2**40), 2**40, 253_402_300_800, None])
    zones = st.sampled_from([pa.timestamp("s"), pa.timestamp("us", "UTC"), pa.timestamp("us", "Europe/Oslo")])
    return st.one_of(
        _cells(days, rows).map(lambda cells: pa.array(cells, pa.date32())),
        _cells(raw, rows).map(lambda cells: pa.array(cells, pa.int32()).cast(pa.date32())),
        st.tuples(_cells(seconds, rows), zones).map(
            lambda drawn: pa.array(drawn[0], pa.int64()).cast(pa.timestamp("s")).cast(drawn[1], safe=False)
        ),
    )


def _others(rows: int) -> st.SearchStrategy[pa.Array]:
    return st.sampled_from(
        [
            pa.array([True, None] * rows, pa.bool_())[:rows],
            pa.nulls(rows),
            pa.array([b"\xff\x00"] * rows),
            pa.array([[1, 2]] * rows),
            pa.array([{"a": MARK}] * rows),
            pa.array([dt.time(12)] * rows),
            pa.array([dt.timedelta(days=1)] * rows),
        ]
    )


COLUMNS = [(table, column) for table, columns in delivery.columns().items() for column in columns]


def _instead(values: pa.ChunkedArray) -> st.SearchStrategy[pa.Array]:
    """One odd cell, which the types let pass, or a whole column of anything."""
    rows = len(values)
    cells: dict[str, list[Any]] = {"string": ODD_TEXTS, "double": ODD_FLOATS, "int64": ODD_WHOLES}
    odd = st.sampled_from([*cells.get(str(values.type), FAR), None])

    def one(drawn: tuple[int, Any]) -> pa.Array:
        row, cell = drawn
        return pa.array([cell if i == row else value for i, value in enumerate(values.to_pylist())], values.type)

    single = st.tuples(st.integers(0, rows - 1), odd).map(one)
    return st.one_of(single, single, single, _texts(rows), _numbers(rows), _times(rows), _others(rows))


@st.composite
def broken(draw: st.DrawFn) -> dict[str, pa.Table]:
    """The small clean delivery with one to three columns of any content, and perhaps a column once more or less."""
    tables = {name: delivery.table(values) for name, values in delivery.columns().items()}
    for table, column in draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3, unique=True)):
        place = tables[table].column_names.index(column)
        tables[table] = tables[table].set_column(place, column, draw(_instead(tables[table][column])))
    table, column = draw(st.sampled_from(COLUMNS))
    match draw(st.integers(0, 9)):
        case 0:
            tables[table] = tables[table].append_column(column.upper(), tables[table][column])
        case 1:
            tables[table] = tables[table].drop_columns([column])
        case 2:
            tables[table] = pa.concat_tables([tables[table]] * 3)
        case 3:
            tables[table] = tables[table].append_column(column, tables[table][column])
    return tables


def refusal(tables: dict[str, pa.Table], study: Study) -> IpsError | None:
    """What `check` or the count of the cells refuses, if anything; anything but an IpsError goes on."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for table, content in tables.items():
            pq.write_table(content, folder / f"{table}.parquet")
        try:
            _, quality = pipeline.check(study, folder, HERE)
            told = " ".join(f"{found.says} {found.counted} {found.treatment}" for found in quality.findings)
            assert MARK not in told
            quality.raise_for_errors()
            pipeline.build_panel(study, folder, machine=HERE)
        except IpsError as refused:
            return refused
    return None


STUDIES = (
    delivery.study(),
    delivery.study(population={"receipt": "entry", "residence": "at entry", "gap_months": 2, "follow_up_months": 12}),
    delivery.study(extracts={name: {"dates": "epoch days"} for name in ("residence", "employment", "benefits")}),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables=broken(), study=st.sampled_from(STUDIES))
def test_any_content_is_read_or_refused_in_words(tables: dict[str, pa.Table], study: Study) -> None:
    refused = refusal(tables, study)
    if refused is not None:
        assert refused.exit_code in (3, 5), repr(refused)
        assert MARK not in str(refused)
        assert "47114711" not in str(refused)


def test_the_clean_delivery_is_read_and_a_broken_one_is_not() -> None:
    tables = {name: delivery.table(values) for name, values in delivery.columns().items()}
    assert refusal(tables, delivery.study()) is None
    tables["persons"] = tables["persons"].set_column(0, "person_id", pa.array([None] * 5, pa.int64()))
    refused = refusal(tables, delivery.study())
    assert refused is not None
    assert refused.exit_code == 3
