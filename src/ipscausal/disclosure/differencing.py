"""Differencing: numbers of persons of a release held against those of the releases before it.

Two releases that count almost the same persons give the few between them away by subtraction, whatever each of them
withholds. So every number of persons that leaves is noted in the ledger under what it counts, and one that differs
from an earlier one by somebody, but by fewer than the minimum, is for review or is withheld, as the rules say.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.ledger import Entry, Near

Checked = Mapping[str, Sequence[Draft]]
COUNTED_BY = {
    "headline": ("term",), "estimates": ("outcome", "term", "estimator", "event_time", "cohort"),
    "event_study": ("event_time",), "flow": ("rule", "arm"), "baseline": ("variable",), "trends": ("arm", "year"),
    "subgroups": ("dimension", "level"), "composition": ("arm", "year"),
}  # fmt: skip
"""Table -> keys that say whom its numbers of persons count; other keys (method, outcome) change nothing about that."""
WORK_YEARS = ("work_years", "work_years_low", "work_years_high")
"""What would tell the persons by whom an effect was multiplied."""
DEFINITION = ("population", "outcome")
DEFINITION_OF_ARMS = ("treated", "comparison", "comparison_municipalities", "programme", "cluster")


def definition(study: Mapping[str, Any]) -> str:
    """SHA-256 of what decides who is counted, and of what."""
    arms = {name: study["design"].get(name) for name in DEFINITION_OF_ARMS}
    return _sha256([*(study[section] for section in DEFINITION), arms])


def digest(checked: Checked) -> str:
    """SHA-256 of all released rows: the name of a release, the same whenever it is made."""
    return _sha256({name: [draft.released() for draft in rows] for name, rows in checked.items()})


def counts(checked: Checked) -> dict[str, float]:
    """Numbers of persons that leave, unrounded, under what they count."""
    found: dict[str, float] = {}
    for draft, column, name in _counted(checked):
        found.setdefault(name, draft.row[column])
    return found


def held_against(
    checked: Checked, study: Mapping[str, Any], date: str, earlier: Sequence[Sequence[Entry]], limit: int
) -> Entry:
    """The line of this release, held against the entries of several ledgers.

    What a ledger says about this very release stays said, and only lines before that are earlier: made again, a
    release is the same.
    """
    name = digest(checked)
    mine = Entry(name, str(study["study"]["id"]), date, definition(study), counts(checked))
    said = [entry for entries in earlier for entry in entries if entry.release == name]
    before = {entry.release: entry for entries in earlier for entry in _before(entries, name)}
    near = {found.release: found for entry in said for found in entry.near}
    near |= {entry.release: found for entry in before.values() if (found := _near(mine, entry, limit))}
    compared = max([len(before), *(entry.compared for entry in said)])
    return Entry(name, mine.study, date, mine.definition, mine.counts, compared, tuple(near.values()))


def near_counts(checked: Checked, name: str, earlier: Sequence[Sequence[Entry]], limit: int) -> tuple[str, ...]:
    """What the release `name` counts that lies near an earlier release.

    Made again without the ledger that it was held against, it withholds what it withheld.
    """
    before = [entry.counts for entries in earlier for entry in _before(entries, name)]
    found = {
        withheld for entries in earlier for entry in entries if entry.release == name for withheld in entry.withheld
    }
    for counted, count in counts(checked).items():
        if any(_few_between(count, known.get(counted), limit) for known in before):
            found.add(counted)
    return tuple(sorted(found))


def hide_counts(checked: Checked, names: Collection[str]) -> None:
    """Withhold, in place, the numbers of persons of these names."""
    for draft, column in [(draft, column) for draft, column, counted in _counted(checked) if counted in names]:
        draft.hide_columns("differencing", column)


def hide_work_years(checked: Checked) -> None:
    """Withhold, in place, work-years whose persons are withheld: divided by the effect they would tell these."""
    # where another row shows the number, its work-years tell nothing more
    if all("work_year_persons" in draft.hidden for draft in checked["headline"]):
        for draft in (*checked["headline"], *checked["estimates"]):
            draft.hide_columns("complement", *WORK_YEARS)


def _counted(checked: Checked) -> Iterator[tuple[Draft, str, str]]:
    """Every number of persons that leaves: its row, its column and what it counts."""
    for table, keys in COUNTED_BY.items():
        for draft in checked[table]:
            named = " ".join(f"{key}={draft.row[key]}" for key in keys if draft.row.get(key) is not None)
            for column in draft.table.counts:
                if column not in draft.hidden and draft.row.get(column) is not None:
                    yield draft, column, f"{table} {named} {column}"


def _before(entries: Sequence[Entry], name: str) -> Sequence[Entry]:
    first = next((place for place, entry in enumerate(entries) if entry.release == name), len(entries))
    return entries[:first]


def _near(mine: Entry, earlier: Entry, limit: int) -> Near | None:
    shared = [name for name in mine.counts if _few_between(mine.counts[name], earlier.counts.get(name), limit)]
    if not shared:
        return None
    tables = Counter(name.split(" ", maxsplit=1)[0] for name in shared)
    return Near(earlier.release, earlier.study, earlier.date, mine.definition == earlier.definition, dict(tables))


def _few_between(one: float, other: float | None, limit: int) -> bool:
    return other is not None and 0 < abs(one - other) < limit


def _sha256(document: Any) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
