"""Counts behind the rules of changed codes and joined units: what a single SELECT cannot tell, from a few rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ipscausal.extracts import Coverage, StudyUnitsMap, parameters, run_units_model
from ipscausal.reforms import changes_on_circles, in_window
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse

MANY = 10
"""Persons on one day from which a code that nobody lives in on the other day has not come or gone by chance."""


def unit_counts(warehouse: Warehouse, study: Study, units: StudyUnitsMap, found: Sequence[Coverage]) -> dict[str, int]:
    """Violations and denominators of `UNIT_RULES`, from the registered extracts. found: `coverage` of the study.

    Leaves `code_person` with the engine: checks read it.
    """
    run_units_model(warehouse, study, "code_person")
    persons = {
        row["municipality"]: (row["on_first_day"], row["on_last_day"])
        for row in warehouse.arrow("code_person", ("municipality",)).to_pylist()
    }
    run_units_model(warehouse, study, "programme_start")
    starting = set(warehouse.arrow("programme_start").column("municipality").to_pylist())
    warehouse.drop_table("programme_start")
    return {**_changes(study, units, persons, starting), **_units(study, units, found)}


def _changes(
    study: Study, units: StudyUnitsMap, persons: Mapping[str, tuple[int, int]], starting: set[str]
) -> dict[str, int]:
    given = parameters(study)
    leading = [change for change in units.changes if change.is_new_code]
    inside = in_window(leading, given["first_day"], given["last_day"])
    gone = {code for code, (first, last) in persons.items() if first >= MANY and not last}
    come = {code for code, (first, last) in persons.items() if last >= MANY and not first}
    reformed = {code for change in inside for code in (change.old, change.new)}
    before = [change for change in units.changes if change.day <= given["first_day"]]
    left = {change.old: change.day for change in sorted(before) if change.is_new_code}
    kept = {change.new: change.day for change in sorted(before)}
    ended = {code for code, day in left.items() if kept.get(code, day) < day or code not in kept}
    return {
        "codes": len(persons),
        "changes": len(leading),
        "changes_inside": len(inside),
        "changes_of_unknown": sum(change.old not in persons for change in inside),
        "changes_on_circles": len(changes_on_circles(units.changes)),
        "codes_come_or_gone": len(gone | come),
        "codes_lost": len(gone - {change.old for change in inside}) + len(come - {change.new for change in inside}),
        "codes_ended": len(ended & set(persons)),
        "starting": len(starting),
        "starting_reformed": len(starting & reformed),
    }


def _units(study: Study, units: StudyUnitsMap, found: Sequence[Coverage]) -> dict[str, int]:
    mixed = [one for one in found if one.is_mixed]
    with_programme, without = (sum(getattr(one, name) for one in mixed) for name in ("persons_with", "persons_without"))
    # a share is told where no few persons stand behind either part of it
    told = min(with_programme, without) >= study.disclosure.fewest_told
    named = {code: unit.name for unit in units.acting for code in unit.codes}
    clashes = [unit for unit in units.acting for name in unit.groups if named.get(name, unit.name) != unit.name]
    return {
        "units_treated": len(found),
        "units_mixed": len(mixed),
        "units_of_several_starts": sum(len(one.starts) > 1 for one in found),
        "persons_of_mixed": with_programme + without,
        "persons_without_programme": without if told else 0,
        "units": len(units.acting),
        "units_of_several_groups": sum(len(unit.groups) > 1 for unit in units.acting),
        "units_named_like_others": len(clashes),
        "units_of_several_codes": sum(len(unit.codes) > 1 for unit in units.units),
    }
