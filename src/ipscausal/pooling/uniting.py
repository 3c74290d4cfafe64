"""The sum of registries whose definitions agree: one study, one population, one set of cell tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ipscausal.analysis import needed
from ipscausal.errors import UsageError
from ipscausal.municipality_year import CellTables, add, counted_columns
from ipscausal.municipality_year.tables import OF_PLACES
from ipscausal.person_year import AttritionRow, Population, StudyUnits, notices_of
from ipscausal.pooling.agreement import differences, section_digests
from ipscausal.pooling.member import Member
from ipscausal.results import Notice
from ipscausal.study import Study

if TYPE_CHECKING:
    import pyarrow as pa

_FEW = 5  # municipalities named in a message


@dataclass(frozen=True, slots=True)
class Pooled:
    """One study over all members. notices: of their deliveries. left_out: checks that would count persons anew."""

    study: Study
    population: Population
    tables: CellTables
    notices: tuple[Notice, ...]
    left_out: tuple[str, ...]


def unite(members: Sequence[Member]) -> Pooled:
    """All members as one run over the union of their rows would have counted them.

    Raises UsageError for fewer than two, definitions that differ, and municipalities counted in more than one.
    """
    if len(members) < 2:
        raise UsageError("one member is no pool", remedy="name the folders of two registries or more")
    if differing := differences(members):
        raise UsageError(
            "the members do not define the same study",
            problems=differing,
            remedy="agree on one study file, count with one version, and give every registry the rollout table of all",
        )
    _require_apart(members)
    study = _study(members)
    population = _population(study, members)
    pooled = Notice("pooled_members", "note", {"count": len(members)})
    notices = (pooled, *_together([member.notices for member in members]))
    skipped = [check.label for member in members for check in needed(member.study)]
    skipped += ["second_population" for member in members if member.study.second_population is not None]
    return Pooled(study, population, _tables(study, population, members), notices, tuple(dict.fromkeys(skipped)))


def to_json(pooled: Pooled, members: Sequence[Member]) -> str:
    """`restricted/pool.json`: who took part, with what, and the digests of the definitions they agree on."""
    document = {
        "schema_version": 1,
        "members": [
            {
                "label": member.label,
                "sha256": member.digest,
                "study_fingerprint": member.study.fingerprint,
                "engine": member.engine,
                "municipalities": list(member.municipalities),
                "persons": member.tables.tables["person_total"].column("persons")[0].as_py(),
            }
            for member in members
        ],
        "sections": section_digests(pooled.study),
        "checks_left_out": list(pooled.left_out),
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _require_apart(members: Sequence[Member]) -> None:
    """Persons of a municipality counted twice would show in no cell."""
    owner: dict[str, str] = {}
    shared: dict[tuple[str, str], list[str]] = {}
    for k, member in enumerate(members):
        name = f"{member.label} ({k + 1})"
        for code in member.municipalities:
            if code in owner:
                shared.setdefault((owner[code], name), []).append(code)
            owner.setdefault(code, name)
    if shared:
        raise UsageError(
            "municipalities are counted in more than one member",
            problems=tuple(
                f"{one} and {other}: {len(codes)} ({', '.join(codes[:_FEW])}{', ...' if len(codes) > _FEW else ''})"
                for (one, other), codes in shared.items()
            ),
            remedy="the same persons might count twice, which no cell shows: count each municipality in one member",
        )


def _study(members: Sequence[Member]) -> Study:
    """The study of the first with the municipalities of all, without what only person rows could answer."""
    first = members[0].study
    document = first.model_dump(mode="python")
    lists = [member.study.design.comparison_municipalities for member in members]
    document["design"]["comparison_municipalities"] = tuple(sorted({code for one in lists for code in one}))
    if first.design.treated != "rollout":
        document["design"]["treated"] = tuple(sorted({c for member in members for c in member.study.design.treated}))
    skipped = {check.label for check in needed(first)}
    document["sensitivity"] = tuple(check for check in first.sensitivity if check.label not in skipped)
    document["second_population"] = None
    document["verify"] = {"run": False}
    return Study.model_validate(document)


def _population(study: Study, members: Sequence[Member]) -> Population:
    units = _units([member.population.units for member in members])
    of_units = notices_of(study, units)
    own = {notice.code for notice in of_units}
    others = _together([[n for n in member.population.notices if n.code not in own] for member in members])
    return replace(
        members[0].population,
        attrition=_attrition([member.population.attrition for member in members]),
        units=units,
        notices=(*of_units, *others),
    )


def _units(parts: Sequence[StudyUnits]) -> StudyUnits:
    """Municipalities that several members list, with persons in at most one of them, must be the same in all."""
    found: dict[str, Any] = {}
    torn = {
        unit.municipality for part in parts for unit in part.units if found.setdefault(unit.municipality, unit) != unit
    }
    if torn:
        raise UsageError(
            "members start the programme of a municipality at different times, or put it into different arms",
            problems=(f"{len(torn)} municipalities: {', '.join(sorted(torn)[:_FEW])}",),
            remedy="give every registry the rollout table of all",
        )
    united = {
        name: tuple(sorted({code for part in parts for code in getattr(part, name)}))
        for name in ("later", "ended", "partial_start")
    }
    return replace(
        parts[0],
        units=tuple(found[code] for code in sorted(found)),
        first_start=min(part.first_start for part in parts),
        **united,
    )


def _attrition(parts: Sequence[Sequence[AttritionRow]]) -> tuple[AttritionRow, ...]:
    """Sums by step and arm; a step that a member does not have leaves there what the step before left."""
    steps = {row.step: row.rule for rows in parts for row in rows}
    arms = dict.fromkeys(row.arm for rows in parts for row in rows)
    out = []
    for step in sorted(steps):
        for arm in sorted(arms):
            last = [
                max(
                    (row for row in rows if row.arm == arm and row.step <= step), key=lambda row: row.step, default=None
                )
                for rows in parts
            ]
            persons, person_years = (
                sum(getattr(row, name) for row in last if row is not None) for name in ("persons", "person_years")
            )
            out.append(AttritionRow(step, steps[step], arm, persons, person_years))
    return tuple(out)


def _together(parts: Sequence[Sequence[Notice]]) -> tuple[Notice, ...]:
    """Notices by code: once where all say the same, else with their counts added up."""
    by_code: dict[str, list[Notice]] = {}
    for notice in (notice for part in parts for notice in part):
        by_code.setdefault(notice.code, []).append(notice)
    return tuple(_one(notices) for notices in by_code.values())


def _one(notices: Sequence[Notice]) -> Notice:
    first = notices[0]
    if all(notice.values == first.values for notice in notices):
        return first
    values = {
        name: sum(notice.values[name] for notice in notices) if isinstance(value, int | float) else value
        for name, value in first.values.items()
    }
    return replace(first, values=values)


def _tables(study: Study, population: Population, members: Sequence[Member]) -> CellTables:
    """Everything counted, added up exactly; text covariates by the categories of all."""
    values: dict[int, list[str]] = {}
    for member in members:
        for column in member.tables.counted:
            if column.category is not None:
                values.setdefault(column.source, []).append(column.category)
    counted = counted_columns(study.design.covariates, population.covariate_kinds, values)
    number = {(column.source, column.category): column.number for column in counted}
    parts = []
    for member in members:
        places = {0: 0} | {column.number: number[column.source, column.category] for column in member.tables.counted}
        tables = {name: _own(name, table, member, places) for name, table in member.tables.tables.items()}
        parts.append(CellTables(member.tables.outcomes, counted, tables))
    return add(parts)


def _own(name: str, table: pa.Table, member: Member, places: Mapping[int, int]) -> pa.Table:
    """Covariates under their common numbers; about places, what the member says of its own municipalities."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if name in OF_PLACES:
        return table.filter(pc.is_in(table.column("municipality"), value_set=pa.array(member.municipalities)))
    if not name.startswith("covariate_"):
        return table
    for column in {"i", "j"} & set(table.column_names):
        numbers = pa.array(
            [places[value] for value in table.column(column).to_pylist()], table.schema.field(column).type
        )
        table = table.set_column(table.column_names.index(column), column, numbers)
    return table
