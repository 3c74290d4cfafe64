"""Codes that a study joins: which units its names stand for, and what becomes of units that start in a part of them.

`design.mixed_units` is followed here: `dropped` leaves such units out of both arms, `mixed` gives `units.study_units`
the share that becomes a dose. `extracts.coverage` finds them, `contract.unit_rules` tells of them beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ipscausal.extracts import Coverage, coverage, units_map
from ipscausal.reforms import JoinedUnit
from ipscausal.results import Notice
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Joining:
    """unit_of: code, or unit above the municipality, -> unit of the cells; absent = a unit of its own.

    members: what treatment acts on -> the units of the cells inside, where these differ (design.cluster = "unit").
    coverage: treated units of several codes. policy: the study's choice for those that start in a part of them.
    joined: codes that reforms touched, and in how many units.
    """

    unit_of: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    coverage: tuple[Coverage, ...] = ()
    policy: str = "error"
    joined: tuple[int, int] = (0, 0)

    def units(self, names: Iterable[str]) -> set[str]:
        """Units of the cells that names of the study or of the rollout stand for: all those that act together."""
        cluster_of = self.cluster_of
        found: set[str] = set()
        for name in names:
            unit = self.unit_of.get(name, name)
            acting = name if name in self.members else cluster_of.get(unit)
            found |= {unit} if acting is None else set(self.members[acting])
        return found

    @property
    def cluster_of(self) -> Mapping[str, str]:
        """Unit of the cells -> what treatment acts on, where that is another one."""
        # of several names of one cluster the first is its own
        return {unit: name for name, units in sorted(self.members.items(), reverse=True) for unit in units}

    @property
    def mixed(self) -> Mapping[str, float]:
        """Units of the cells that start in a part of what acts together -> share of the persons who lived there."""
        return {unit: one.share for one in self.coverage if one.is_mixed for unit in self.units([one.unit.name])}

    @property
    def dropped(self) -> frozenset[str]:
        """Units that the study leaves out, from both arms."""
        return frozenset(self.mixed) if self.policy == "drop" else frozenset()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a reader must know of it, as counts."""
        mixed = sum(one.is_mixed for one in self.coverage)
        several = sum(len(one.starts) > 1 for one in self.coverage)
        found = []
        if self.joined[1]:
            found.append(Notice("codes_joined", "note", {"codes": self.joined[0], "units": self.joined[1]}))
        if mixed:
            found.append(Notice(f"mixed_units_{self.policy}", "warning", {"count": mixed}))
        if several:
            found.append(Notice("unit_of_several_starts", "warning", {"count": several}))
        return tuple(found)


def joining(warehouse: Warehouse, study: Study) -> Joining:
    """How the study joins the codes of the registered extracts."""
    units = units_map(warehouse, study)
    return Joining(
        units.unit_of,
        units.members,
        coverage(warehouse, study, units),
        study.design.mixed_units,
        touched_by_reforms(units.units),
    )


def touched_by_reforms(units: Iterable[JoinedUnit]) -> tuple[int, int]:
    """Codes that a reform touched, and units with such codes; one above the municipality also holds others."""
    by_reform = [unit for unit in units if unit.changes]
    return len({code for unit in by_reform for one in unit.changes for code in (one.old, one.new)}), len(by_reform)
