"""The counts of the released tables, and which of them add up: one description for the audit and for rounding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ipscausal.disclosure.audit import Name
from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.roles import Role
from ipscausal.disclosure.sums import INFINITE, Place, Sums
from ipscausal.outcomes import is_share

Checked = Mapping[str, Sequence[Draft]]
Counts = dict[Name, float]
Pairs = Sequence[tuple[str, str]]
ARMS = ("treated", "control")


def table_sums(checked: Checked, adoption_years: Mapping[str, int]) -> Sums:
    """Every count of the tables and every sum that holds between them."""
    sums = Sums()
    years: dict[str, set[int]] = {arm: set() for arm in ARMS}
    for draft in checked["trends"]:
        arm, year = draft.row["arm"], draft.row["year"]
        _add(sums, ("persons", arm, year), draft, "persons", *draft.table.names(Role.STATISTIC))
        years[arm].add(year)
    last = _flow(sums, checked["flow"])
    _sizes(sums, (*checked["estimates"], *checked["headline"]), last)
    for arm in ARMS:
        parts: list[Name] = [("persons", arm, year) for year in sorted(years[arm])]
        sums.total(("person_years", arm, last), parts)
        for part in parts:
            sums.holds({part: 1.0, ("distinct", arm, last): -1.0}, low=-INFINITE)
    sums.total(("person_years", "all", last), [("person_years", arm, last) for arm in ARMS])
    _baseline(sums, checked["baseline"])
    _shares(sums, checked)
    _event_times(sums, checked, adoption_years, last)
    _subgroups(sums, checked["subgroups"], ("person_years", "all", last))
    _movements(sums, checked["composition"], last)
    return sums


def _add(sums: Sums, name: Name, draft: Draft, column: str, *together: str) -> None:
    sums.add(name, draft.row.get(column), Place(draft, column, together))


def _flow(sums: Sums, flow: Sequence[Draft]) -> int:
    """Steps of the selection; what falls between two, and what the arms hold beside all. Returns the last step."""
    steps = sorted({draft.row["step"] for draft in flow})
    for draft in flow:
        arm, step = draft.row["arm"], draft.row["step"]
        _add(sums, ("distinct", arm, step), draft, "persons")
        _add(sums, ("person_years", arm, step), draft, "person_years")
        sums.holds({("distinct", arm, step): 1.0, ("person_years", arm, step): -1.0}, low=-INFINITE)
    for kind in ("distinct", "person_years"):
        for arm in ("all", *ARMS):
            for step, following in pairwise(steps):
                fell: Counts = {(kind, arm, step): 1.0, (kind, arm, following): -1.0}
                sums.remainder(("fell", kind, arm, step), fell)
        for step in steps:
            between: Counts = {(kind, "treated", step): 1.0, (kind, "control", step): 1.0, (kind, "all", step): -1.0}
            sums.remainder(("between", kind, step), between)
    return steps[-1] if steps else 0


def _sizes(sums: Sums, rows: Sequence[Draft], last: int) -> None:
    """N of the estimates: where it is that of the last step it is the same count in another place."""
    for draft in rows:
        for kind, column in (("distinct", "n_persons"), ("person_years", "n_person_years")):
            name: Name = (kind, "all", last)
            same = name in sums.counts and sums.counts[name].value == draft.row.get(column)
            _add(sums, name if same else (column, draft.row["outcome"]), draft, column)


def _baseline(sums: Sums, baseline: Sequence[Draft]) -> None:
    for draft in baseline:
        first, until = draft.row.get("period_from"), draft.row.get("period_to")
        if first is None or until is None:
            continue
        for arm in ARMS:
            name = ("before", arm, first, until)
            _add(sums, name, draft, f"n_{arm}", *draft.table.names(Role.STATISTIC))
            within: list[Name] = [("persons", arm, year) for year in range(first, until + 1)]
            sums.total(name, [part for part in within if part in sums.counts])


def _shares(sums: Sums, checked: Checked) -> None:
    """Of a share, the persons who have what it counts and those who lack it."""
    for draft in checked["trends"]:
        row = draft.row
        if row.get("mean") is not None and is_share(str(row["outcome"])):
            key = (row["outcome"], row["arm"], row["year"])
            _share(sums, key, Place(draft, "mean"), row["mean"] * row["persons"], ("persons", row["arm"], row["year"]))
    for draft in checked["baseline"]:
        row, variable = draft.row, draft.row["variable"]
        for arm in ARMS:
            mean, persons = row.get(f"{arm}_mean"), row.get(f"n_{arm}")
            if row.get("kind") != "share" or mean is None or persons is None or row.get("period_to") is None:
                continue
            span = range(row["period_from"], row["period_to"] + 1)
            whole = ("before", arm, row["period_from"], row["period_to"])
            place = Place(draft, f"{arm}_mean", draft.table.names(Role.STATISTIC))
            _share(sums, (variable, arm, "before"), place, mean * persons, whole)
            for kind in ("having", "lacking"):
                parts = [(kind, variable, arm, year) for year in span if (kind, variable, arm, year) in sums.counts]
                sums.total((kind, variable, arm, "before"), parts)


def _share(sums: Sums, key: Name, place: Place, having: float, whole: Name) -> None:
    if whole not in sums.counts:
        return
    persons = round(having)
    sums.add(("having", *key), persons, place)
    sums.add(("lacking", *key), sums.counts[whole].value - persons, place)
    sums.holds({("having", *key): 1.0, ("lacking", *key): 1.0, whole: -1.0})


def nested_sums(sums: Sums, nested: Pairs) -> None:
    """Of two shares one of which holds the other, the persons in the wider alone."""
    places = _places(sums)
    for wider, narrower in nested:
        for place in places:
            alone: Counts = {("having", wider, *place): 1.0, ("having", narrower, *place): -1.0}
            sums.remainder(("alone", wider, narrower, *place), alone)


def apart_sums(sums: Sums, apart: Pairs) -> None:
    """Of two shares that nobody has both of, the persons who have neither."""
    places = _places(sums)
    for one, other in apart:
        for place in places:
            neither: Counts = {("lacking", one, *place): 1.0, ("having", other, *place): -1.0}
            sums.remainder(("neither", one, other, *place), neither)


def _places(sums: Sums) -> list[Name]:
    """Arms and years, or all years before, of which shares are told."""
    told = (name[2:] for name in sums.counts if name[0] == "having" and len(name) == len(("", "", "arm", "year")))
    return list(dict.fromkeys(told))


def _event_times(sums: Sums, checked: Checked, adoption_years: Mapping[str, int], last: int) -> None:
    """Treated persons by event time: with one common start those of a year, at an open end their mean over years."""
    starts = set(adoption_years.values())
    start = starts.pop() if len(starts) == 1 else None
    years = [name[2] for name in sums.counts if name[:2] == ("persons", "treated") and isinstance(name[2], int)]
    exposed = [("persons", "treated", year) for year in years if start is not None and year >= start]
    for draft in checked["headline"]:
        _add(sums, ("work_years",), draft, "work_year_persons", "work_years", "work_years_low", "work_years_high")
    _mean(sums, ("work_years",), exposed)
    for draft in checked["event_study"]:
        time, label = draft.row["event_time"], str(draft.row.get("label", ""))
        of: list[Name] = []
        if start is not None:
            of = [("persons", "treated", year) for year in years if _at(year - start, time, label)]
        alone = len(of) == 1 and sums.counts[of[0]].value == draft.row.get("n_treated_persons")
        _add(sums, of[0] if alone else ("event", time), draft, "n_treated_persons")
        if not alone:
            _mean(sums, ("event", time), of)
    times = [name for name in sums.counts if name[0] == "event"]
    sums.holds({("person_years", "treated", last): -1.0, **dict.fromkeys(times, 1.0)})


def _at(time: int, row: int, label: str) -> bool:
    if label.startswith("≤"):
        return time <= row
    return time >= row if label.startswith("≥") else time == row


def _mean(sums: Sums, name: Name, parts: Sequence[Name]) -> None:
    """A mean that is printed as a whole number."""
    if parts:
        half = len(parts) / 2
        sums.holds({name: -float(len(parts)), **dict.fromkeys(parts, 1.0)}, -half, half)


def _subgroups(sums: Sums, rows: Sequence[Draft], whole: Name) -> None:
    """The whole less the levels of a dimension is the person-years of unknown level."""
    for dimension in dict.fromkeys((d.row["dimension"], d.row["outcome"]) for d in rows):
        levels: Counts = {}
        for draft in rows:
            own = (draft.row["dimension"], draft.row["outcome"]) == dimension
            if own and draft.row.get("n_person_years") is not None:
                name = ("level", *dimension, draft.row["level"])
                _add(sums, name, draft, "n_person_years")
                levels[name] = -1.0
        if levels:
            sums.remainder(("unknown level", *dimension), {whole: 1.0, **levels})


def _movements(sums: Sums, composition: Sequence[Draft], last: int) -> None:
    """Who stays, comes and goes: with the persons of two years one number in three shapes, and its parts."""
    for draft in composition:
        for column in draft.table.parts:
            _add(sums, (column, draft.row["arm"], draft.row["year"]), draft, column)
    for arm, year in ((draft.row["arm"], draft.row["year"]) for draft in composition):
        stayed, before = ("stayed", arm, year), year - 1
        sums.remainder(("back", arm, year), {("persons", arm, year): 1.0, stayed: -1.0, ("came", arm, year): -1.0})
        sums.remainder(("left", arm, year), {("persons", arm, before): 1.0, stayed: -1.0, ("gone", arm, before): -1.0})
        sums.remainder(("new", arm, year), {("came", arm, year): 1.0, ("came_moved", arm, year): -1.0})
        out: Counts = {("gone", arm, year): 1.0, ("gone_moved", arm, year): -1.0, ("gone_died", arm, year): -1.0}
        sums.remainder(("ended", arm, year), out)
    for year in sorted({draft.row["year"] for draft in composition}):
        moved: Counts = {("gone_moved", arm, year - 1): 1.0 for arm in ARMS} | {
            ("came_moved", arm, year): -1.0 for arm in ARMS
        }
        sums.holds(moved)
    for arm in ARMS:
        own = sorted(draft.row["year"] for draft in composition if draft.row["arm"] == arm)
        came: Counts = {("came", arm, year): 1.0 for year in own[1:]}
        if own:
            again: Counts = {("persons", arm, own[0]): 1.0, **came, ("distinct", arm, last): -1.0}
            sums.remainder(("again", arm), again)
