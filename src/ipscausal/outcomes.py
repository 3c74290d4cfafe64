"""The kinds of outcome there are: the unit each is told in, and the whole numbers the engine counts it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of outcome. scale: whole numbers per unit, so that sums are exact (workdays in 1/10000 day)."""

    name: str
    unit: str
    scale: int = 1

    @property
    def is_share(self) -> bool:
        """Whether a person's outcome is 0 or 1, so that a mean is a count in disguise."""
        return self.unit == "share"

    @property
    def column(self) -> str:
        """Name of its column in files of exact whole numbers: `workdays_e4` is in 1/10000."""
        return self.name if self.scale == 1 else f"{self.name}_e{len(str(self.scale)) - 1}"


_KINDS = (
    Kind("workdays", "days", 10_000),
    Kind("employed", "share"),
    Kind("employment_days", "days"),
    Kind("benefit_days", "days"),
)
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _KINDS})
