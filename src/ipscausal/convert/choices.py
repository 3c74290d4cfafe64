"""What the files do not say about themselves and the user may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Choices:
    """None: found in the file, and told.

    missing: texts that mean an empty cell. numbers: columns outside the contract that are read as numbers, and not as
    text. person: kind of person ids, None as delivered. code_digits: municipality codes that were delivered as numbers
    get this many digits. labels: whether value labels or the codes behind them are written. slashes: the order of
    dates such as 03/04/2015, which no file tells. dates: what the study file says of the table's.
    """

    encoding: str | None = None
    separator: str | None = None
    decimal: Literal[",", "."] | None = None
    slashes: Literal["day/month", "month/day"] | None = None
    missing: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    person: Literal["text", "integer"] | None = None
    code_digits: int | None = None
    labels: Literal["codes", "labels"] = "codes"
    dates: Literal["dates", "epoch days"] = "dates"
