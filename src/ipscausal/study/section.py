"""What every section of a study shares: frozen, no unknown keys, all contradictions at once."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Percentage = Annotated[float, Field(gt=0.5, lt=1)]
Year = Annotated[int, Field(ge=1900, le=2200)]
Code = Annotated[str, Field(min_length=1, max_length=64)]
ColumnName = Annotated[str, Field(min_length=1)]
Age = Annotated[int, Field(ge=0, le=120)]
_Consistent = TypeVar("_Consistent")


class Section(BaseModel):
    """One table of the study file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, populate_by_name=True, allow_inf_nan=False)


def all_consistent(section: _Consistent, faults: list[str]) -> _Consistent:
    """All contradictions of a section in one error, a line each, so that none hides behind another."""
    if faults:
        raise ValueError("\n".join(faults))
    return section
