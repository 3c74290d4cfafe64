"""Defects of real deliveries, each off unless named: what is planted where, and how a contract should judge it.

A defect changes what is delivered, never the truth. It touches about SHARE of the rows of each file part (at least
one), or the whole table where that is its nature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthetic_registry.days import Days, Flags, day
from synthetic_registry.scenario import PROGRAMME, Scenario
from synthetic_registry.tables import ROLLOUT_COLUMNS

SHARE = 0.005
BREAK = 2015  # Norway's register of jobs gave way to monthly reports of employers
SMALL_POSITION = 30.0  # the old register of jobs does not know smaller ones
STRANGERS_FROM = 900_000_000_000  # no generated person_id comes near

Plant = Callable[[pa.Table, Scenario, np.random.Generator], pa.Table]


@dataclass(frozen=True, slots=True)
class Defect:
    """What a defect does to which tables, and the severity a contract should give it."""

    tables: tuple[str, ...]
    severity: Literal["error", "warning"]
    what: str
    plant: Plant


def _some(among: Flags, rng: np.random.Generator) -> Days:
    """Rows picked from a mask: SHARE of them, at least one if there is one."""
    rows = np.flatnonzero(among)
    return np.sort(rng.choice(rows, min(len(rows), int(np.ceil(SHARE * len(among)))), replace=False))


def _any(table: pa.Table) -> Flags:
    return np.ones(table.num_rows, dtype=bool)


def _with(table: pa.Table, name: str, column: pa.Array | pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, column)


def _replaced(table: pa.Table, name: str, rows: Days, values: pa.Array) -> pa.Table:
    """The column with `values` put in `rows`."""
    where = np.zeros(table.num_rows, dtype=bool)
    where[rows] = True
    column = table.column(name).combine_chunks()
    return _with(table, name, pc.replace_with_mask(column, pa.array(where), values.cast(column.type)))


def _texts(table: pa.Table, name: str) -> np.ndarray:
    return np.array(table.column(name).to_pylist(), dtype=object)


def _exact_duplicates(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    return pa.concat_tables([table, table.take(_some(_any(table), rng))])


def _strangers(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    rows = table.take(_some(_any(table), rng))
    ids = pc.add(rows.column("person_id"), STRANGERS_FROM)
    return pa.concat_tables([table, _with(rows, "person_id", ids)])


def _null_person_id(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    rows = _some(_any(table), rng)
    return _replaced(table, "person_id", rows, pa.nulls(len(rows)))


def _duplicate_person(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    rows = table.take(_some(_any(table), rng))
    born = pc.add(rows.column("birth_date").cast(pa.int32()), pa.scalar(400, pa.int32())).cast(pa.date32())
    return pa.concat_tables([table, _with(rows, "birth_date", born)])


def _lost_leading_zero(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    codes = _texts(table, "municipality")
    rows = _some(np.array([code.startswith("0") for code in codes], dtype=bool), rng)
    return _replaced(table, "municipality", rows, pa.array([code[1:] for code in codes[rows]], pa.string()))


def _malformed_municipality(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    codes = _texts(table, "municipality")
    rows = _some(_any(table), rng)
    return _replaced(table, "municipality", rows, pa.array([code[:3] + "O" for code in codes[rows]], pa.string()))


def _overlapping_residence(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    rows = table.take(_some(_any(table), rng))
    codes = [m.code for m in scenario.municipalities]
    others = [codes[(codes.index(code) + 1) % len(codes)] for code in rows.column("municipality").to_pylist()]
    return pa.concat_tables([table, _with(rows, "municipality", pa.array(others, pa.string()))])


def _start_after_end(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    ended = np.array(table.column("end_date").is_valid())
    rows = _some(ended, rng)
    late = (
        pc.add(table.column("end_date").take(rows).cast(pa.int32()), pa.scalar(10, pa.int32()))
        .cast(pa.date32())
        .combine_chunks()
    )
    return _replaced(table, "start_date", rows, late)


def _negative_position(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    positive = np.array(pc.greater(table.column("position_pct"), 0))
    rows = _some(positive, rng)
    values = pc.negate(table.column("position_pct").take(rows)).combine_chunks()
    return _replaced(table, "position_pct", rows, values)


def _position_above_100(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    rows = _some(np.array(pc.equal(table.column("position_pct"), 100.0)), rng)
    return _replaced(table, "position_pct", rows, pa.array(np.full(len(rows), 150.0)))


def _wrong_type(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    text = pc.replace_substring(table.column("position_pct").cast(pa.string()), ".", ",")
    return _with(table, "position_pct", text)


def _missing_year(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    last = day(scenario.last_year) - 1
    kept = table.filter(pc.less_equal(table.column("start_date").cast(pa.int32()), last))
    end = pc.min_element_wise(kept.column("end_date").cast(pa.int32()), last)  # an empty end becomes `last`
    return _with(kept, "end_date", end.cast(pa.int32()).cast(pa.date32()))


def _young_benefit(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    opens = day(scenario.first_year, 7)
    end = pc.fill_null(table.column("end_date").cast(pa.int32()), opens)
    kept = table.filter(pc.greater_equal(end, opens))
    start = pc.max_element_wise(kept.column("start_date").cast(pa.int32()), opens)
    return _with(kept, "start_date", start.cast(pa.int32()).cast(pa.date32()))


def _late_reports(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    reported = last_reported(scenario)
    kept = table.filter(pc.less_equal(table.column("start_date").cast(pa.int32()), reported))
    end = kept.column("end_date").cast(pa.int32())
    known = pc.if_else(pc.less_equal(end, reported), end, pa.scalar(None, pa.int32()))
    return _with(kept, "end_date", known.cast(pa.date32()))


def last_reported(scenario: Scenario) -> int:
    """The last day that late reports tell of."""
    return day(scenario.last_year, 8, 31)


def _source_break(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    opens = day(break_year(scenario))
    start = table.column("start_date").cast(pa.int32())
    end = pc.fill_null(table.column("end_date").cast(pa.int32()), opens)
    small = pc.less(table.column("position_pct"), SMALL_POSITION)
    before = table.filter(pc.and_(pc.less(start, opens), pc.invert(small)))
    closed = pc.min_element_wise(before.column("end_date").cast(pa.int32()), opens - 1)  # an empty end becomes it
    before = _with(before, "end_date", closed.cast(pa.int32()).cast(pa.date32()))
    after = table.filter(pc.greater_equal(end, opens))
    begun = pc.max_element_wise(after.column("start_date").cast(pa.int32()), opens)
    after = _with(after, "start_date", begun.cast(pa.int32()).cast(pa.date32()))
    sources = [pa.array([source] * part.num_rows, pa.string()) for source, part in (("old", before), ("new", after))]
    told = [part.append_column("source", source) for part, source in zip((before, after), sources, strict=True)]
    return pa.concat_tables(told)


def break_year(scenario: Scenario) -> int:
    """The first year of the new register of jobs: 2015, or the middle of a window without it."""
    inside = scenario.first_year < BREAK < scenario.last_year
    return BREAK if inside else (scenario.first_year + scenario.last_year) // 2


def _restated(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    drawn = pa.array([day(scenario.last_year + 1, 6)] * table.num_rows, pa.int32()).cast(pa.date32())
    now = table.append_column("extract_date", drawn)
    earlier = now.take(_some(_any(now), rng))
    known = pa.array([day(scenario.last_year + 1, 2)] * earlier.num_rows, pa.int32()).cast(pa.date32())
    earlier = _with(earlier, "extract_date", known)
    earlier = _with(earlier, "position_pct", pc.add(pc.divide(earlier.column("position_pct"), 2.0), 1.0))
    return pa.concat_tables([now, earlier])


def _row_added(table: pa.Table, code: str, start: str, programme: str) -> pa.Table:
    cells = (code, start, "", programme, "", "")
    row = {name: pa.array([text], pa.string()) for name, text in zip(ROLLOUT_COLUMNS, cells, strict=True)}
    return pa.concat_tables([table, pa.table(row)])


def _untouched(scenario: Scenario) -> str:
    return next(m.code for m in reversed(scenario.municipalities) if m.start is None and not m.listed)


def _late_rollout(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    return _row_added(table, _untouched(scenario), f"{scenario.last_year + 1}-02-01", PROGRAMME)


def _early_rollout(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    return _row_added(table, _untouched(scenario), f"{scenario.first_year - 1}-05-01", PROGRAMME)


def _listed(scenario: Scenario) -> str:
    if not scenario.listed:
        raise ValueError(f"this defect needs listed comparison municipalities, and {scenario.name} lists none")
    return scenario.listed[0]


def _comparison_in_rollout(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    return _row_added(table, _listed(scenario), f"{scenario.last_year - 2}-01-01", PROGRAMME)


def _unknown_status(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    return table.filter(pc.not_equal(table.column("municipality"), _listed(scenario)))


def _lost_change(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    """The change of the largest place is missing, so that its code ends and another begins."""
    largest = max((m for m in scenario.municipalities if m.recodings), key=lambda m: m.recipients)
    old = largest.first_code or largest.code
    return table.filter(pc.not_equal(table.column("old_code"), old))


def _change_twice(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    return pa.concat_tables([table, table.slice(0, 1)])


def _circular_change(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    first = table.slice(0, 1)
    back = {"old_code": first.column("new_code"), "new_code": first.column("old_code"), "date": first.column("date")}
    return pa.concat_tables([table, pa.table(back)])


def _unknown_change(table: pa.Table, scenario: Scenario, rng: np.random.Generator) -> pa.Table:
    row = {"old_code": ["9801"], "new_code": ["9802"], "date": [f"{scenario.last_year - 1}-01-01"]}
    return pa.concat_tables([table, pa.table(row)])


_CHANGES = ("municipality_changes",)
_EVENTS = ("employment", "benefits", "residence")
DEFECTS: dict[str, Defect] = {
    "exact-duplicates": Defect(_EVENTS, "warning", "rows delivered twice, equal in every column", _exact_duplicates),
    "strangers": Defect(_EVENTS[:2], "warning", "spells of persons who are not in persons", _strangers),
    "position-above-100": Defect(_EVENTS[:1], "warning", "full-time positions reported as 150 %", _position_above_100),
    "late-rollout": Defect(("rollout",), "warning", "a municipality starts after the last year", _late_rollout),
    "early-rollout": Defect(("rollout",), "warning", "a municipality started before the first year", _early_rollout),
    "young-benefit": Defect(("benefits",), "warning", "no benefit before 1 July of the first year", _young_benefit),
    "unknown-status": Defect(("municipalities",), "warning", "a listed comparison of unknown status", _unknown_status),
    "change-twice": Defect(_CHANGES, "warning", "a change of a code listed twice", _change_twice),
    "change-of-unknown-code": Defect(_CHANGES, "warning", "a change of a code nobody ever had", _unknown_change),
    "circular-renumbering": Defect(_CHANGES, "error", "a change and its reverse on one day", _circular_change),
    "lost-code": Defect(_CHANGES, "error", "the change of the largest municipality is missing", _lost_change),
    "comparison-in-rollout": Defect(
        ("rollout",), "error", "a listed comparison starts IPS in the window", _comparison_in_rollout
    ),
    "null-person-id": Defect(("persons",), "error", "person_id missing", _null_person_id),
    "duplicate-person": Defect(("persons",), "error", "a person twice, with two birth dates", _duplicate_person),
    "lost-leading-zero": Defect(("residence",), "error", "codes read as numbers: 0301 became 301", _lost_leading_zero),
    "malformed-municipality": Defect(
        ("residence",), "error", "the letter O as the last digit of a code", _malformed_municipality
    ),
    "overlapping-residence": Defect(
        ("residence",), "error", "two municipalities at the same time", _overlapping_residence
    ),
    "start-after-end": Defect(("employment",), "error", "start ten days after end", _start_after_end),
    "negative-position": Defect(("employment",), "error", "position below zero", _negative_position),
    "wrong-type": Defect(("employment",), "error", "position_pct as text with decimal commas", _wrong_type),
    "missing-year": Defect(
        ("employment",), "error", "no job reaches the last year: delivered too early", _missing_year
    ),
    "late-reports": Defect(
        ("employment",), "warning", "no job that begins or ends after August of the last year is in yet", _late_reports
    ),
    "source-break": Defect(
        ("employment",), "warning", "another register from 2015 on; the old one lacks small positions", _source_break
    ),
    "restated": Defect(
        ("employment",), "warning", "jobs also as an earlier extract told of them: with another position", _restated
    ),
}
OF_REFORMS = tuple(name for name, defect in DEFECTS.items() if defect.tables == _CHANGES)
"""Defects that need a scenario with a table of changed codes."""


def plant(table: pa.Table, name: str, defects: tuple[str, ...], scenario: Scenario, seed: int, chunk: int) -> pa.Table:
    """The table `name` of a chunk with the named defects planted, in the order of DEFECTS."""
    for number, (defect, entry) in enumerate(DEFECTS.items()):
        if defect in defects and name in entry.tables and table.num_rows:
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2, number, chunk)))
            table = entry.plant(table, scenario, rng)
    return table
