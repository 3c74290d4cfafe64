"""The delivered tables of a study."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from ipscausal.study.section import Section


class Extract(Section):
    """One delivered table: where it lies below the extracts folder and how it is laid out.

    `columns` maps our column name to the name in the delivery.
    """

    path: Annotated[str, Field(min_length=1)]
    layout: Literal["spells"] = "spells"
    end_date: Literal["inclusive", "exclusive"] = "inclusive"
    columns: dict[str, str] = Field(default_factory=dict)


class ChangesExtract(Extract):
    """The table of changed municipality codes. date: the day of rows without one, as in a correspondence table."""

    date: dt.date | None = None


class Extracts(Section):
    """The delivered tables. The first five are required; `neighbours` says which municipalities border on which.

    municipality_changes: which codes became which, and when; needed for municipalities = "harmonised".
    education: spells in education, for the NEET outcomes; price_index: for earnings in the prices of one year.
    """

    persons: Extract
    residence: Extract
    employment: Extract
    benefits: Extract
    rollout: Extract
    municipalities: Extract | None = None
    neighbours: Extract | None = None
    municipality_changes: ChangesExtract | None = None
    education: Extract | None = None
    price_index: Extract | None = None
