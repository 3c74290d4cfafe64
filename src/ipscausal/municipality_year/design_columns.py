"""From the covariates a study names to what the engine counts, and from the counts to the regressors of its model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipscausal.errors import StudyError
from ipscausal.person_year.covariates import AGE

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CATEGORIES = 50
_AGE_SOURCE = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """What the engine sums: a number, or the indicator of one category; every category of a text column has one.

    number: 1, 2, ... in the engine. source: 0 for the age of the person-year, else the covariate's place in the
    study's list. category: None for numbers.
    """

    number: int
    covariate: str
    source: int
    category: str | None = None


@dataclass(frozen=True, slots=True)
class DesignColumn:
    """One regressor. position: 1..K, its place in every array and its column covariate_<position> on file.

    number, source, category: as counted. reference: the category without indicator, None for numbers.
    """

    position: int
    name: str
    covariate: str
    source: int
    number: int
    category: str | None = None
    reference: str | None = None


def counted_columns(
    covariates: Sequence[str], kinds: Mapping[int, str], values: Mapping[int, Sequence[str]]
) -> tuple[Counted, ...]:
    """What is summed for the covariates of a study, in its order: numbers as they are, text by category.

    kinds: `number` or `text` by place in the list. values: the values of each text column.
    Raises StudyError for a text column with more than 50 categories.
    """
    columns: list[Counted] = []
    for place, name in enumerate(covariates, start=1):
        if name == AGE:
            columns.append(Counted(len(columns) + 1, name, _AGE_SOURCE))
        elif kinds[place] == "number":
            columns.append(Counted(len(columns) + 1, name, place))
        else:
            found = sorted(set(values.get(place, ())))
            if len(found) > MOST_CATEGORIES:
                raise StudyError(
                    f"covariate {name!r} is text with {len(found)} categories; at most {MOST_CATEGORIES} can be used",
                    remedy="group the categories, or deliver the column as whole numbers",
                )
            columns += [Counted(len(columns) + k, name, place, value) for k, value in enumerate(found, start=1)]
    return tuple(columns)


def design_columns(counted: Sequence[Counted], person_years: Mapping[int, int]) -> tuple[DesignColumn, ...]:
    """The regressors: of each text column all categories that somebody has, but for the most frequent one.

    person_years: those of each category, by number. The first in sort order is the reference among equals.
    """
    references: dict[int, str] = {}
    for column in sorted(counted, key=lambda one: (-person_years.get(one.number, 0), one.category or "")):
        if column.category is not None:
            references.setdefault(column.source, column.category)
    columns: list[DesignColumn] = []
    for one in counted:
        reference = references.get(one.source) if one.category is not None else None
        if one.category is not None and (one.category == reference or not person_years.get(one.number, 0)):
            continue
        name = one.covariate if one.category is None else f"{one.covariate}: {one.category}"
        columns.append(
            DesignColumn(len(columns) + 1, name, one.covariate, one.source, one.number, one.category, reference)
        )
    return tuple(columns)


def to_arrow(columns: Sequence[Counted]) -> pa.Table:
    """The engine table `design_column`."""
    import pyarrow as pa

    return pa.table(
        {
            "position": pa.array([column.number for column in columns], pa.int32()),
            "source": pa.array([column.source for column in columns], pa.int32()),
            "category": pa.array([column.category for column in columns], pa.string()),
        }
    )
