"""Units that no change of codes in a window splits: connected components of the changes, with a name and a kind.

Persons are never divided by weights. What was one municipality at some time of the window stays one unit throughout,
so a split joins what came out of it, and a person's later address never decides where she was counted earlier.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ipscausal.reforms.changes import Change
from ipscausal.reforms.components import components

Kind = Literal["renumbered", "merged", "enlarged", "split", "regrouped", "grouped"]
_UNIT = "\x00"  # before the names of units above the municipality, so that none is taken for a code


@dataclass(frozen=True, slots=True)
class JoinedUnit:
    """Codes that are one unit throughout a window.

    name: of the one unit above the municipality that the codes belong to; else the smallest code in use at the end of
    the window. codes: sorted. changes: those that joined the codes, sorted. groups: units above the municipality
    inside, several where a reform joined them. kind: what happened: "renumbered" (one code became another), "merged",
    "enlarged" (merged into a code that was in use before), "split", "regrouped" (several became several), or "grouped"
    (no change at all, only a unit above the municipality).
    """

    name: str
    codes: tuple[str, ...]
    kind: Kind
    changes: tuple[Change, ...] = ()
    groups: tuple[str, ...] = ()


def joined_units(
    changes: Collection[Change],
    groups: Iterable[tuple[str, str]] = (),
    in_use: Collection[str] = (),
) -> tuple[JoinedUnit, ...]:
    """Units of two or more codes, and those named by a group, sorted by name.

    changes: those of the window (`in_window`). groups: (code, unit above the municipality). in_use: codes somebody
    lived in on the first day of the window, which tells an enlarged municipality from a new one.
    """
    pairs = [(change.old, change.new) for change in changes]
    pairs += [(code, _UNIT + unit) for code, unit in groups]
    within: dict[str, list[Change]] = defaultdict(list)
    parts = components(pairs)
    place = {code: number for number, part in enumerate(parts) for code in part}
    for change in sorted(set(changes)):
        within[str(place[change.old])].append(change)
    found = []
    for number, part in enumerate(parts):
        codes = tuple(sorted(code for code in part if not code.startswith(_UNIT)))
        above = tuple(sorted(code.removeprefix(_UNIT) for code in part if code.startswith(_UNIT)))
        if len(codes) > 1 or above:
            own = tuple(within[str(number)])
            found.append(JoinedUnit(_name(codes, own, above), codes, _kind(codes, own, in_use), own, above))
    return tuple(sorted(found, key=lambda unit: unit.name))


def unit_of(units: Iterable[JoinedUnit]) -> Mapping[str, str]:
    """Code, or unit above the municipality, -> name of the unit it belongs to."""
    return {code: unit.name for unit in units for code in (*unit.groups, *unit.codes)}


def _name(codes: tuple[str, ...], changes: tuple[Change, ...], groups: tuple[str, ...]) -> str:
    if groups:
        return groups[0]
    return min(set(codes) - _gone(changes), default=codes[0])


def _kind(codes: tuple[str, ...], changes: tuple[Change, ...], in_use: Collection[str]) -> Kind:
    if not any(change.is_new_code for change in changes):
        return "grouped"
    before = set(codes) - (_begun(changes) - set(in_use))
    after = set(codes) - _gone(changes)
    if len(after) == 1 and len(before) == 1:
        return "renumbered"
    if len(after) == 1:
        return "enlarged" if after <= before else "merged"
    return "split" if len(before) == 1 else "regrouped"


def _gone(changes: tuple[Change, ...]) -> set[str]:
    """Codes that ended: left for another code, and not given anew on that day or later."""
    left = {change.old: change.day for change in changes if change.is_new_code}
    given = {change.new: change.day for change in changes}
    return {code for code, day in left.items() if code not in given or given[code] < day}


def _begun(changes: tuple[Change, ...]) -> set[str]:
    """Codes that came up: given for the first time before anything left them or kept them."""
    given = {change.new: change.day for change in reversed(changes) if change.is_new_code}
    before = {change.old: change.day for change in reversed(changes)}
    return {code for code, day in given.items() if code not in before or day < before[code]}
