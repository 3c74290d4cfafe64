"""The delivered tables of a study."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from ipscausal.study.section import Section

Layout = Literal["spells", "monthly", "weekly", "annual"]


class Extract(Section):
    """One delivered table: where it lies below the extracts folder and how it is laid out.

    dates: "epoch days" = whole numbers in date columns are days since 1970-01-01. `columns` maps our column name to the
    name in the delivery. extracted: the day on which the table was drawn from its register; the report tells
    it, and jobs and benefits drawn before the last study year was over are a mistake unless the study keeps that year.
    """

    path: Annotated[str, Field(min_length=1)]
    layout: Literal["spells"] = "spells"
    end_date: Literal["inclusive", "exclusive"] = "inclusive"
    dates: Literal["dates", "epoch days"] = "dates"
    columns: dict[str, str] = Field(default_factory=dict)
    extracted: dt.date | None = None


class SpellExtract(Extract):
    """A table of spells, or of what held in a month, a week (Monday to Sunday, as ISO numbers them) or a year.

    A row of a month, week or year is about all its days, cut by start_date and end_date of the job, benefit or address
    where they are delivered.
    """

    layout: Layout = "spells"  # type: ignore[assignment]


class ChangesExtract(Extract):
    """The table of changed municipality codes. date: the day of rows without one, as in a correspondence table."""

    date: dt.date | None = None


class Extracts(Section):
    """The delivered tables. The first five are required, benefits wherever the study names one.

    neighbours: which municipalities border on which.
    municipality_changes: which codes became which, and when; needed for municipalities = "harmonised".
    education: spells in education, for the NEET outcomes; price_index: for earnings in the prices of one year.
    """

    persons: Extract
    residence: SpellExtract
    employment: SpellExtract
    benefits: SpellExtract | None = None
    rollout: Extract
    municipalities: Extract | None = None
    neighbours: Extract | None = None
    municipality_changes: ChangesExtract | None = None
    education: Extract | None = None
    price_index: Extract | None = None
