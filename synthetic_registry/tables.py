"""The delivered tables of one chunk, as Arrow tables with fixed schemas."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthetic_registry import geography
from synthetic_registry.background import DIAGNOSES, PRIOR_WORK, Background
from synthetic_registry.carried import job_columns
from synthetic_registry.days import NEVER, Days, Flags, day, year_starts
from synthetic_registry.population import COUNTRIES, People
from synthetic_registry.reforms import changes, code_on, timeline
from synthetic_registry.scenario import Municipality, Scenario
from synthetic_registry.spells import Spells

BENEFIT = "WAA"
TOWN_FROM = 100  # recipients a year
_ID, _DATE, _TEXT = pa.int64(), pa.date32(), pa.string()
ROLLOUT_COLUMNS = ("municipality", "start_date", "end_date", "programme", "fidelity", "participants")


def _dates(days: Days, missing: Flags | None = None) -> pa.Array:
    return pa.array(days.astype(np.int32), mask=missing).cast(_DATE)


def _pick(words: tuple[str, ...], index: Days, missing: Flags | None = None) -> pa.Array:
    places = pa.array(index.astype(np.int32), mask=missing)
    return pa.DictionaryArray.from_arrays(places, pa.array(words, _TEXT)).cast(_TEXT)


def persons_table(people: People, known: Background) -> pa.Table:
    """persons: person_id, birth_date, sex (F, M), country_group, death_date (null: alive), and for those with WAA in
    the window diagnosis_group and prior_work (no, yes: a job in the calendar year before the first one with WAA)."""
    ids = people.first_id + np.arange(len(people.birth))
    return pa.table(
        {
            "person_id": pa.array(ids, _ID),
            "birth_date": _dates(people.birth),
            "sex": _pick(("M", "F"), people.woman.astype(np.int64)),
            "country_group": _pick(COUNTRIES, people.country),
            "death_date": _dates(people.death, people.death >= NEVER),
            "diagnosis_group": _pick(DIAGNOSES, known.diagnosis, known.unknown),
            "prior_work": _pick(PRIOR_WORK, known.prior_work, known.unknown),
        }
    )


def residence_table(scenario: Scenario, people: People) -> pa.Table:
    """residence: person_id, municipality, start_date, end_date (inclusive; null: still there)."""
    horizon = int(year_starts(scenario.first_year, scenario.last_year)[-1])
    row, k = np.nonzero((people.residence_end > people.residence_start) & (people.residence_start < horizon))
    place = people.residence_place[row, k]
    row, start, end, code, codes = _by_code(
        scenario, row, people.residence_start[row, k], people.residence_end[row, k], place
    )
    return pa.table(
        {
            "person_id": pa.array(people.first_id + row, _ID),
            "municipality": _pick(codes, code),
            "start_date": _dates(start),
            "end_date": _dates(end - 1, end > horizon),
        }
    )


def _by_code(
    scenario: Scenario, row: Days, start: Days, end: Days, place: Days
) -> tuple[Days, Days, Days, Days, tuple[str, ...]]:
    """Spells cut where the code of their place changes: person row, start, end, index of the code, and the codes."""
    lines = [timeline(m) for m in scenario.municipalities]
    codes = tuple(sorted({code for line in lines for _, code in line}))
    longest = max(len(line) for line in lines)
    # a place with fewer codes than others has no days under those it lacks
    first = np.full((len(lines), longest + 1), NEVER, dtype=np.int64)
    index = np.zeros((len(lines), longest), dtype=np.int64)
    for m, line in enumerate(lines):
        first[m, 0] = np.iinfo(np.int64).min
        for k, (day_one, name) in enumerate(line):
            index[m, k] = codes.index(name)
            first[m, k] = first[m, 0] if k == 0 else day(day_one.year, day_one.month, day_one.day)
    cut = [
        (row, np.maximum(start, first[place, k]), np.minimum(end, first[place, k + 1]), index[place, k])
        for k in range(longest)
    ]
    joined = [np.concatenate(parts) for parts in zip(*cut, strict=True)]
    keep = joined[1] < joined[2]
    order = np.lexsort((joined[1][keep], joined[0][keep]))
    cut_row, cut_start, cut_end, code = (part[keep][order] for part in joined)
    return cut_row, cut_start, cut_end, code, codes


def benefits_table(scenario: Scenario, people: People) -> pa.Table:
    """benefits: person_id, benefit, start_date, end_date (inclusive; null: ongoing)."""
    horizon = int(year_starts(scenario.first_year, scenario.last_year)[-1])
    start, end = people.benefit_start, people.benefit_end
    row, k = np.nonzero((end > start) & (start < horizon))
    return pa.table(
        {
            "person_id": pa.array(people.first_id + row, _ID),
            "benefit": _pick((BENEFIT,), np.zeros(len(row), dtype=np.int64)),
            "start_date": _dates(start[row, k]),
            "end_date": _dates(end[row, k] - 1, end[row, k] > horizon),
        }
    )


def employment_table(scenario: Scenario, people: People, spells: Spells) -> pa.Table:
    """employment: person_id, employer_id, start_date, end_date (inclusive; null: ongoing), position_pct, job_kind,
    hours (agreed a week) and earnings (for the days of the row)."""
    horizon = int(year_starts(scenario.first_year, scenario.last_year)[-1])
    seen = spells.keep(spells.start < horizon)
    return pa.table(
        {
            "person_id": pa.array(people.first_id + seen.person, _ID),
            "employer_id": pa.array(seen.employer, _ID),
            "start_date": _dates(seen.start),
            "end_date": _dates(seen.end - 1, seen.end > horizon),
            "position_pct": pa.array(seen.position / 100.0, pa.float64()),
            **job_columns(seen, horizon),
        }
    )


def rollout_row(municipality: Municipality, fidelity: int, participants: int) -> dict[str, str]:
    """One row of the rollout file; everything is text, an empty end means still running."""
    return {
        "municipality": code_on(municipality, municipality.start) if municipality.start else municipality.code,
        "start_date": municipality.start.isoformat() if municipality.start else "",
        "end_date": "",
        "programme": municipality.programme,
        "fidelity": str(fidelity),
        "participants": str(participants),
    }


def rollout_table(rows: list[dict[str, str]]) -> pa.Table:
    """The rollout rows as a table of text columns."""
    return pa.table({name: pa.array([row[name] for row in rows], _TEXT) for name in ROLLOUT_COLUMNS})


def municipalities_table(scenario: Scenario) -> pa.Table:
    """municipalities: every municipality, all with known programme status.

    region is the county of the code; type is town or rural; inhabitants are aged 18-29; centrality runs from 1, the
    most central, to 6; unemployment_pct is the share of the labour force.
    """
    # every code that is ever in use, described by the first place that has it
    described = {code: m for m in reversed(scenario.municipalities) for _, code in timeline(m)}
    codes = sorted(described)
    units = [described[code] for code in codes]
    return pa.table(
        {
            "municipality": pa.array(codes, _TEXT),
            "region": pa.array([code[:2] for code in codes], _TEXT),
            "type": pa.array(["town" if m.recipients >= TOWN_FROM else "rural" for m in units], _TEXT),
            "inhabitants": pa.array([geography.inhabitants(m) for m in units], pa.int64()),
            "centrality": pa.array([geography.centrality(m) for m in units], pa.int64()),
            "unemployment_pct": pa.array([geography.unemployment(m) for m in units], pa.float64()),
        }
    )


def neighbours_table(scenario: Scenario) -> pa.Table:
    """neighbours: municipality, neighbour; each pair in both directions."""
    lines = [{code for _, code in timeline(m)} for m in scenario.municipalities]
    found = {
        (left, right)
        for one, other in geography.neighbours(scenario)
        for left in lines[one]
        for right in lines[other]
        if left != right
    }
    pairs = sorted(found)
    return pa.table(
        {
            "municipality": pa.array([left for left, _ in pairs], _TEXT),
            "neighbour": pa.array([right for _, right in pairs], _TEXT),
        }
    )


def changes_table(scenario: Scenario) -> pa.Table:
    """municipality_changes: old_code, new_code, date."""
    rows = changes(scenario)
    return pa.table(
        {
            "old_code": pa.array([old for old, _, _ in rows], _TEXT),
            "new_code": pa.array([new for _, new, _ in rows], _TEXT),
            "date": pa.array([day_one.isoformat() for _, _, day_one in rows], _TEXT),
        }
    )
