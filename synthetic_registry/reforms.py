"""Municipal reforms: which code the register writes for a place on a day.

Places stay where they are, with their persons, shocks and programme; only the code under which residence is written
changes. A merge gives two places one code, a split gives two places that had one code two.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

from synthetic_registry.scenario import Municipality, Scenario

_BEGINNING = dt.date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class TrueUnit:
    """Places that no reform of the window tells apart. name: the smallest code in use at its end. places: indices."""

    name: str
    codes: tuple[str, ...]
    places: tuple[int, ...]


def timeline(municipality: Municipality) -> tuple[tuple[dt.date, str], ...]:
    """First day and code, in order; the first code holds from the beginning of time."""
    return ((_BEGINNING, municipality.first_code or municipality.code), *municipality.recodings)


def code_on(municipality: Municipality, day: dt.date) -> str:
    """The code of the place on a day."""
    return [code for first, code in timeline(municipality) if first <= day][-1]


def changes(scenario: Scenario) -> list[tuple[str, str, dt.date]]:
    """(old code, new code, day) of every change, each once. A code that others join and that goes on has no row."""
    found = set()
    for municipality in scenario.municipalities:
        codes = timeline(municipality)
        for (_, old), (day, new) in pairwise(codes):
            found.add((old, new, day))
    return sorted(found, key=lambda row: (row[2], row[0], row[1]))


def true_units(scenario: Scenario) -> list[TrueUnit]:
    """The places grouped by the codes they share at any time, by name."""
    groups: list[tuple[set[str], list[int]]] = []
    for m, municipality in enumerate(scenario.municipalities):
        codes, places = {code for _, code in timeline(municipality)}, [m]
        for group in [group for group in groups if group[0] & codes]:
            codes |= group[0]
            places += group[1]
            groups.remove(group)
        groups.append((codes, places))
    end = dt.date(scenario.last_year, 12, 31)
    units = [
        TrueUnit(
            min(code_on(scenario.municipalities[m], end) for m in places), tuple(sorted(codes)), tuple(sorted(places))
        )
        for codes, places in groups
    ]
    return sorted(units, key=lambda unit: unit.name)
