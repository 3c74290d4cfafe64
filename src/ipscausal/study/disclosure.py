"""[disclosure]: the rule set of the owner of the data, and what the study tightens."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ipscausal.study.section import Section

FEWEST_TOLD = 10
"""Persons that messages of a run speak of where the study names no number of its own: no rule set asks for more."""

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
ReviewOrWithhold = Literal["review", "withhold"]


class Disclosure(Section):
    """Rules of the way out. A rule that is not named is the one of the rule set (disclosure/rules.toml explains each).

    Any rule is tightened by naming it. Loosening needs `exception`, a text for the output checker.
    """

    ruleset: Literal["strict", "ssb", "nav", "dst", "opensafely", "acro", "microdata_no"] = "strict"
    min_persons: Annotated[int, Field(ge=1)] | None = None
    min_residual_df: Annotated[int, Field(ge=1)] | None = None
    min_cluster_df: Count | None = None
    min_municipalities: Count | None = None
    min_population: Count | None = None
    zero_cells: ReviewOrWithhold | None = None
    max_small_cells: Share | None = None
    dominance_n: Annotated[int, Field(ge=1)] | None = None
    dominance_k: Share | None = None
    p_percent: Share | None = None
    amounts: Literal["as counted", "withhold"] | None = None
    rounding: Literal["none", "base 3", "base 5", "midpoint 6"] | None = None
    significant_digits: Annotated[int, Field(ge=2, le=12)] | None = None
    earlier_releases: ReviewOrWithhold | None = None
    file_types: tuple[Literal["csv", "png", "json", "md", "txt"], ...] | None = None
    max_rows: Count | None = None
    max_bytes: Count | None = None
    exception: str = ""

    @property
    def fewest_told(self) -> int:
        """A number of persons below this one is not told on the screen or in a notice."""
        return FEWEST_TOLD if self.min_persons is None else self.min_persons
