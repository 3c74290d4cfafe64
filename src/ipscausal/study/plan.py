"""What a study says of itself beside its numbers: the plan, the trial it stands in for, what its authors state."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ipscausal.language import Language
from ipscausal.study.section import Section, all_consistent

_Line = Annotated[str, Field(min_length=1)]
Text = _Line | Annotated[dict[Language, _Line], Field(min_length=1)]
"""One text for every language, or one for each that is named."""


class Amendment(Section):
    """A change of a locked plan, with its day and its reason.

    changes: the keys it is about, such as "population.ages"; none = all that no other amendment names.
    """

    date: dt.date
    reason: _Line
    changes: tuple[_Line, ...] = ()


class Plan(Section):
    """Registration of the analysis plan. A plan that is locked or amended is compared with the lock beside it."""

    status: Literal["draft", "locked", "amended"] = "draft"
    registered: dt.date | None = None
    url: str = ""
    amendment: tuple[Amendment, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = []
        if self.amendment and self.status == "draft":
            faults.append('amendment: a draft has none; set status = "amended"')
        if sum(not one.changes for one in self.amendment) > 1:
            faults.append("amendment: with several, only one may leave out changes, the keys it is about")
        named = [key for one in self.amendment for key in one.changes]
        if len(set(named)) < len(named):
            faults.append("amendment: two of them name the same key in changes")
        return all_consistent(self, faults)


class TargetTrial(Section):
    """The trial that would answer the question, part by part (TARGET, 2025); parts left out are written by rule."""

    eligibility: Text | None = None
    strategies: Text | None = None
    assignment: Text | None = None
    time_zero: Text | None = None
    follow_up: Text | None = None
    outcome: Text | None = None
    contrast: Text | None = None
    assumptions: Text | None = None
    analysis: Text | None = None


class Statements(Section):
    """What checklists ask of the authors and no number tells."""

    data_access: Text | None = None
    ethics: Text | None = None
    funding: Text | None = None
    interests: Text | None = None
