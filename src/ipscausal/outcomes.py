"""The kinds of outcome there are: the unit each is told in, and the whole numbers the engine counts it in.

A name tells its kind: it is one of `BUILT_IN`, or begins with its kind (`benefit_days_dp`), so that whoever meets an
outcome in a table or a file knows its unit and scale without the study.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

ANY, COMPETITIVE = "any", "competitive"
"""Which jobs count: all of them, or those of no kind that the study excludes."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of outcome. scale: whole numbers per unit, so that sums are exact (workdays in 1/10000 day).

    needs, takes: parameters that a definition of the kind must give and may give. column_needed: a column of
    `employment` that it rests on; table_needed: an optional table. own_year: measured on a date of the calendar year,
    so that windows since entry have none. unbounded: a single person can make up any share of a sum.
    """

    name: str
    unit: str
    scale: int = 1
    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    column_needed: str = ""
    table_needed: str = ""
    own_year: bool = False
    unbounded: bool = False

    @property
    def is_share(self) -> bool:
        """Whether a person's outcome is 0 or 1, so that a mean is a count in disguise."""
        return self.unit == "share"

    @property
    def suffix(self) -> str:
        """End of the name of a column of whole numbers: `_e4` is in 1/10000."""
        return "" if self.scale == 1 else f"_e{len(str(self.scale)) - 1}"


_JOBS = frozenset({"jobs"})
_KINDS = (
    Kind("workdays", "days", 10_000, takes=_JOBS),
    Kind("employed", "share", takes=_JOBS),
    Kind("employment_days", "days", takes=_JOBS),
    Kind("employed_on", "share", needs=frozenset({"date"}), takes=_JOBS, own_year=True),
    Kind("sustained", "share", needs=frozenset({"weeks"}), takes=_JOBS),
    Kind("hours", "hours", 1_000, takes=_JOBS, column_needed="hours"),
    Kind("earnings", "amount", 100, takes=_JOBS, column_needed="earnings", unbounded=True),
    Kind("benefit_days", "days", takes=frozenset({"benefit"})),
    Kind("work_without_benefit", "days"),
    Kind("days_to_job", "days", takes=_JOBS),
    Kind("neet_days", "days", table_needed="education"),
    Kind("neet_on", "share", needs=frozenset({"date"}), table_needed="education", own_year=True),
)
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _KINDS})


@dataclass(frozen=True, slots=True)
class OutcomeSpec:
    """One outcome of a study: its kind and what the kind leaves open.

    benefit: None = the study's own. date: MM-DD. weeks: length of a run of employment. title: by language, where the
    study words it itself.
    """

    name: str
    kind: str
    jobs: str = ANY
    benefit: str | None = None
    date: str | None = None
    weeks: int | None = None
    title: tuple[tuple[str, str], ...] = ()


_WITHOUT_PARAMETERS = [OutcomeSpec(kind.name, kind.name) for kind in _KINDS if not kind.needs]
_SHORT = (
    OutcomeSpec("competitive_employed", "employed", COMPETITIVE),
    OutcomeSpec("competitive_days", "employment_days", COMPETITIVE),
    OutcomeSpec("sustained_13", "sustained", weeks=13),
    OutcomeSpec("sustained_26", "sustained", weeks=26),
)
BUILT_IN: Mapping[str, OutcomeSpec] = MappingProxyType({one.name: one for one in (*_WITHOUT_PARAMETERS, *_SHORT)})
"""Outcomes that a study may name without defining them."""


def known_specs(outcome: Mapping[str, Any]) -> tuple[OutcomeSpec, ...]:
    """Every outcome that a study may count, from its section [outcome] as plain values."""
    own = (
        OutcomeSpec(
            one["name"], one["kind"], one.get("jobs") or ANY, one.get("benefit"), one.get("date"), one.get("weeks"),
            tuple(one.get("title", {}).items()),
        )
        for one in outcome.get("define", ())
    )  # fmt: skip
    return (*BUILT_IN.values(), *own)


def nested_shares(outcome: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Pairs (wider, narrower): whoever has the narrower share has the wider too, by what they are.

    Subtracted, they count those who have the wider alone: persons whose only job is no competitive one.
    """
    shares = [one for one in known_specs(outcome) if KINDS[one.kind].is_share]
    return tuple((wide.name, narrow.name) for wide in shares for narrow in shares if _within(narrow, wide))


def apart_shares(outcome: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Pairs of shares that nobody has both of: employed on a date, of whatever job, and NEET on that date.

    Subtracted from all, they count those who have neither: in education alone, or not alive on the date.
    """
    known = known_specs(outcome)
    employed, neet = ([one for one in known if one.kind == kind] for kind in ("employed_on", "neet_on"))
    return tuple((one.name, other.name) for one in employed for other in neet if one.date == other.date)


def _within(narrow: OutcomeSpec, wide: OutcomeSpec) -> bool:
    if narrow.name == wide.name or wide.jobs not in (ANY, narrow.jobs):
        return False
    if wide.kind == "employed":
        return narrow.kind in ("employed", "employed_on", "sustained")
    if wide.kind != narrow.kind or wide.kind == "neet_on":
        return False
    return wide.date == narrow.date and (wide.weeks or 0) <= (narrow.weeks or 0)


def kind_of(name: str) -> Kind:
    """The kind an outcome's name tells of. Raises KeyError for a name that is none."""
    if name in BUILT_IN:
        return KINDS[BUILT_IN[name].kind]
    fitting = [kind for kind in _KINDS if name.startswith(f"{kind.name}_")]
    if not fitting:
        raise KeyError(name)
    return max(fitting, key=lambda kind: len(kind.name))


def is_share(name: str) -> bool:
    """Whether the name is of an outcome that is 0 or 1 for a person; other names may be anything a panel is made of."""
    return _is_outcome(name) and kind_of(name).is_share


def is_workdays(name: str) -> bool:
    """Whether the name is of workdays, which work-years are made of."""
    return _is_outcome(name) and kind_of(name).name == "workdays"


def _is_outcome(name: str) -> bool:
    return name in BUILT_IN or any(name.startswith(f"{kind}_") for kind in KINDS)


def column_of(name: str) -> str:
    """Its column in files of exact whole numbers: `workdays_e4` is in 1/10000."""
    return name + kind_of(name).suffix
