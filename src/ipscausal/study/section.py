"""What every section of a study shares: frozen, no unknown keys, all contradictions at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

Percentage = Annotated[float, Field(gt=0.5, lt=1)]
Year = Annotated[int, Field(ge=1900, le=2200)]
Code = Annotated[str, Field(min_length=1, max_length=64)]
ColumnName = Annotated[str, Field(min_length=1)]
Age = Annotated[int, Field(ge=0, le=120)]
_Consistent = TypeVar("_Consistent")


class Section(BaseModel):
    """One table of the study file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, populate_by_name=True, allow_inf_nan=False)

    @field_validator("*", mode="after")
    @classmethod
    def _readable(cls, value: Any) -> Any:
        """What no font shows would end a run at its last stage, the report."""
        unreadable = sorted({sign for text in _texts(value) for sign in text if _unseen(sign)})
        if unreadable:
            raise ValueError(f"holds what no font shows: {', '.join(f'U+{ord(sign):04X}' for sign in unreadable)}")
        return value


def _unseen(sign: str) -> bool:
    """Whether it is a control or private character, or one that Unicode has not given."""
    return sign not in "\t\r\n" and unicodedata.category(sign) in ("Cc", "Co", "Cn", "Cs")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _texts(item)


def all_consistent(section: _Consistent, faults: list[str]) -> _Consistent:
    """All contradictions of a section in one error, a line each, so that none hides behind another."""
    if faults:
        raise ValueError("\n".join(faults))
    return section
