"""From the covariates a study names to the regressors of its model."""

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
class DesignColumn:
    """One regressor. position: 1..K, its place in every array and its column covariate_<position> on file.

    source: 0 for the age of the person-year, else the covariate's place in the study's list.
    category: the category an indicator is 1 for, None for numbers; reference: the category without indicator.
    """

    position: int
    name: str
    covariate: str
    source: int
    category: str | None = None
    reference: str | None = None


def design_columns(
    covariates: Sequence[str], kinds: Mapping[int, str], counts: Mapping[int, Mapping[str, int]]
) -> tuple[DesignColumn, ...]:
    """Regressors in the study's order: numbers as they are, text as indicators.

    kinds: `number` or `text` by place in the list. counts: person-years by value of each text column. The
    reference is the most frequent category (the first in sort order among equals).
    Raises StudyError for a text column with more than 50 categories.
    """
    columns: list[DesignColumn] = []
    for place, name in enumerate(covariates, start=1):
        if name == AGE:
            columns.append(DesignColumn(len(columns) + 1, name, name, _AGE_SOURCE))
        elif kinds[place] == "number":
            columns.append(DesignColumn(len(columns) + 1, name, name, place))
        else:
            found = counts.get(place, {})
            if len(found) > MOST_CATEGORIES:
                raise StudyError(
                    f"covariate {name!r} is text with {len(found)} categories; at most {MOST_CATEGORIES} can be used",
                    remedy="group the categories, or deliver the column as whole numbers",
                )
            reference = min(found, key=lambda value: (-found[value], value), default=None)
            for category in sorted(set(found) - {reference}):
                label = f"{name}: {category}"
                columns.append(DesignColumn(len(columns) + 1, label, name, place, category, reference))
    return tuple(columns)


def to_arrow(columns: Sequence[DesignColumn]) -> pa.Table:
    """The engine table `design_column`."""
    import pyarrow as pa

    return pa.table(
        {
            "position": pa.array([column.position for column in columns], pa.int32()),
            "source": pa.array([column.source for column in columns], pa.int32()),
            "category": pa.array([column.category for column in columns], pa.string()),
        }
    )
