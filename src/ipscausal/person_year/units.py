"""Who is compared with whom: the municipalities of a study, from its rollout and its design."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ipscausal.errors import IdentificationError
from ipscausal.person_year.joining import Joining
from ipscausal.study import Study

if TYPE_CHECKING:
    import pyarrow as pa

TREATED, CONTROL, ALWAYS, CANDIDATE = "treated", "control", "always", "candidate"
_ONE_DAY = dt.timedelta(days=1)
NOTHING_JOINED = Joining()


@dataclass(frozen=True, slots=True)
class Programme:
    """The programme of one municipality: its first day and its last, None while it goes on."""

    municipality: str
    start: dt.date
    last: dt.date | None


@dataclass(frozen=True, slots=True)
class Unit:
    """One municipality of the study.

    arm: `treated` (adopts inside the window), `control` (untreated in the window), `always` (treated from
    the first year on: counted, left out of estimation) or `candidate` (screening of comparison municipalities).
    adoption_year: first treated year, None = not inside the window.
    partial_year: the year of start where the study leaves it out ("first full year").
    ended_from: first year after the programme's last day where the study leaves those years out.
    cluster: what treatment acts on, where that is another unit. share: of the persons who lived where the programme
    starts, where the study treats a unit in part.
    """

    municipality: str
    arm: str
    adoption_year: int | None = None
    partial_year: int | None = None
    ended_from: int | None = None
    cluster: str | None = None
    share: float = 1.0

    def included(self, year: int) -> bool:
        """Whether the design keeps this municipality's persons of `year`."""
        ended = self.ended_from is not None and year >= self.ended_from
        return self.arm != ALWAYS and year != self.partial_year and not ended


@dataclass(frozen=True, slots=True)
class StudyUnits:
    """The municipalities of a study, sorted by code, and those that were set aside.

    first_start: first year in which a treated municipality starts; the cohort and the residence "before
    rollout" are fixed at the end of the year before.
    later: controls that start after the window. ended: treated whose programme ends inside it.
    partial_start: treated that start after 1 January of their first treated year.
    """

    units: tuple[Unit, ...]
    first_start: int
    later: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    partial_start: tuple[str, ...] = ()

    def codes(self, arm: str) -> tuple[str, ...]:
        """Municipalities of one arm."""
        return tuple(unit.municipality for unit in self.units if unit.arm == arm)

    def to_arrow(self) -> pa.Table:
        """The engine table `study_municipality`: one row per municipality."""
        import pyarrow as pa

        columns = {
            "municipality": pa.array([unit.municipality for unit in self.units], pa.string()),
            "arm": pa.array([unit.arm for unit in self.units], pa.string()),
            "adoption_year": pa.array([unit.adoption_year for unit in self.units], pa.int32()),
            "partial_year": pa.array([unit.partial_year for unit in self.units], pa.int32()),
            "ended_from": pa.array([unit.ended_from for unit in self.units], pa.int32()),
        }
        return pa.table(columns)


def programmes(rows: Iterable[tuple[str, dt.date, dt.date]]) -> tuple[Programme, ...]:
    """Programmes from the rows of `stg_rollout` (municipality, first day, day after the last; year 9999 is open)."""
    return tuple(
        Programme(municipality, start, None if end.year >= dt.MAXYEAR else end - _ONE_DAY)
        for municipality, start, end in rows
    )


def of_units(rollout: Iterable[Programme], joining: Joining) -> tuple[Programme, ...]:
    """One programme for each unit of the cells: the earliest start and the last end of all that act together."""
    found: dict[str, list[Programme]] = {}
    for programme in rollout:
        for unit in joining.units([programme.municipality]):
            found.setdefault(unit, []).append(programme)
    return tuple(
        Programme(
            unit,
            min(one.start for one in of_unit),
            None if any(one.last is None for one in of_unit) else max(one.last for one in of_unit if one.last),
        )
        for unit, of_unit in sorted(found.items())
    )


def study_units(
    study: Study, rollout: Sequence[Programme], seen: Iterable[str], joining: Joining = NOTHING_JOINED
) -> StudyUnits:
    """The arms of a study. `seen`: every municipality somebody lives in during the window. joining: codes it joins.

    A start in or before the first study year leaves no year before it: `always`. A start after the last
    year is untreated in the window, so such a municipality may be a control. Comparison "never" and "not yet" both
    take every municipality untreated through the window; they differ in estimators that compare cohorts.

    Raises IdentificationError where no treated or no comparison municipality remains, where treated ones have
    no start, where comparison ones have one in the window, and where a programme ends inside the window
    and the study has not said what then.
    """
    dropped, mixed = joining.dropped, joining.mixed
    plans = {one.municipality: one for one in of_units(rollout, joining) if one.municipality not in dropped}
    adopting = {code: unit for code, plan in plans.items() if (unit := _adopting(study, plan)) is not None}
    chosen = set(plans) if study.design.treated == "rollout" else joining.units(study.design.treated) - dropped
    arms = [adopting[code] for code in sorted(chosen & set(adopting))]
    treated = [unit for unit in arms if unit.arm == TREATED]
    ended = tuple(unit.municipality for unit in treated if _ends_inside(study, plans[unit.municipality]))
    if study.design.comparison == "listed":
        # a comparison that lies in a unit the study treats in spite of its untreated part goes with that unit
        controls = joining.units(study.design.comparison_municipalities) - dropped - set(mixed)
    else:
        controls = set(seen) - set(adopting) - dropped
    _check_listed(study, unknown=chosen - set(plans), starting=controls & set(adopting), ended=ended)
    _check_arms(study, len(treated), len(controls), len(arms) - len(treated))
    _check_mixed(study, joining)
    units = [*arms, *(_control(study, code, plans.get(code)) for code in controls)]
    return StudyUnits(
        units=tuple(_joined(unit, joining) for unit in sorted(units, key=lambda unit: unit.municipality)),
        first_start=min(study.period_of(plans[unit.municipality].start) for unit in treated),
        later=tuple(sorted(controls & set(plans))),
        ended=ended,
        partial_start=tuple(
            unit.municipality for unit in treated
            if plans[unit.municipality].start > study.period_starts(unit.adoption_year or 0)
        ),
    )  # fmt: skip


def _joined(unit: Unit, joining: Joining) -> Unit:
    """The unit with the cluster it acts with, and its share where it is treated in part."""
    share = joining.mixed.get(unit.municipality, 1.0) if joining.policy == "partial" else 1.0
    return replace(unit, cluster=joining.cluster_of.get(unit.municipality), share=share)


def _check_mixed(study: Study, joining: Joining) -> None:
    mixed = [one.unit.name for one in joining.coverage if one.is_mixed]
    if mixed and study.design.mixed_units == "error":
        raise IdentificationError(
            f"{len(mixed)} units of several municipalities start in a part of them only: {_listed(mixed)}",
            remedy='say what they are: design.mixed_units = "drop", "treated" or "partial"',
        )


def _adopting(study: Study, plan: Programme) -> Unit | None:
    """The unit of a municipality that is treated at some time in the window, None where it starts later."""
    year = study.period_of(plan.start)
    adoption = study.counts_from(plan.start)
    if adoption > study.last_period:
        return None
    if year <= study.first_period:
        return Unit(plan.municipality, ALWAYS, study.first_period)
    ended = None
    if plan.last is not None and study.design.after_end == "drop":
        ended = study.period_of(plan.last) + 1
    return Unit(plan.municipality, TREATED, adoption, None if adoption == year else year, ended)


def _control(study: Study, code: str, plan: Programme | None) -> Unit:
    """A control; one that starts late in the last year loses that year under "first full year"."""
    own = None if plan is None else study.period_of(plan.start)
    return Unit(code, CONTROL, partial_year=own if own is not None and own <= study.last_period else None)


def _ends_inside(study: Study, plan: Programme) -> bool:
    return plan.last is not None and plan.last < dt.date(study.last_year, 12, 31)


def _check_listed(study: Study, *, unknown: set[str], starting: set[str], ended: tuple[str, ...]) -> None:
    """unknown: treated without a start; starting: comparisons with one; ended: treated whose programme ends inside."""
    if unknown:
        raise IdentificationError(
            f"{len(unknown)} treated municipalities have no start in the rollout: {_listed(unknown)}",
            remedy="correct design.treated, design.programme or the rollout table",
        )
    if starting:
        raise IdentificationError(
            f"{len(starting)} comparison municipalities have the programme inside the study years: {_listed(starting)}",
            remedy="take them out of design.comparison_municipalities",
        )
    if ended and study.design.after_end == "error":
        raise IdentificationError(
            f"{len(ended)} programmes end before the last study year does: {_listed(ended)}",
            remedy='say what the years after the end are: design.after_end = "still treated" or "drop"',
        )


def _listed(codes: Iterable[str]) -> str:
    ordered = sorted(codes)
    return ", ".join(ordered[:10]) + (f" and {len(ordered) - 10} more" if len(ordered) > 10 else "")


def _check_arms(study: Study, treated: int, controls: int, always: int) -> None:
    if not treated:
        first, last = study.population.years
        reason = (
            f"all {always} start in or before {first}, so no study year lies before the start"
            if always
            else f"no programme starts between {first + 1} and {last}"
        )
        raise IdentificationError(
            f"no treated municipality remains: {reason}",
            remedy="widen population.years, or check design.programme and the dates of the rollout table",
        )
    if not controls:
        raise IdentificationError(
            "no comparison municipality remains",
            remedy="list some in design.comparison_municipalities (`ipscausal candidates` helps to choose)",
        )


def candidate_units(
    study: Study, rollout: Sequence[Programme], seen: Iterable[str], joining: Joining = NOTHING_JOINED
) -> StudyUnits:
    """Every municipality as a candidate, untreated: for screening on years before the first start only.

    Raises IdentificationError where no programme starts after the first study year.
    """
    rollout = [one for one in of_units(rollout, joining) if one.municipality not in joining.dropped]
    chosen = {plan.municipality for plan in rollout}
    if study.design.treated != "rollout":
        chosen &= joining.units(study.design.treated)
    starts = [
        study.period_of(plan.start) for plan in rollout
        if plan.municipality in chosen
        and study.first_period < study.period_of(plan.start)
        and study.counts_from(plan.start) <= study.last_period
    ]  # fmt: skip
    if not starts:
        raise IdentificationError(
            "no programme starts inside the study years, so no years lie before a start",
            remedy="widen population.years, or check design.programme and the dates of the rollout table",
        )
    codes = sorted((set(seen) | {plan.municipality for plan in rollout}) - joining.dropped)
    return StudyUnits(tuple(_joined(Unit(code, CANDIDATE), joining) for code in codes), min(starts))
