"""Goodman-Bacon decomposition of two-way fixed effects (Goodman-Bacon 2021, Journal of Econometrics 225)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.estimate.twfe import did
from ipscausal.panel import BoolArray, FloatArray, IntArray, Panel

Kind = Literal["treated_never", "earlier_later", "later_earlier"]
KINDS: tuple[Kind, ...] = ("treated_never", "earlier_later", "later_earlier")
SAME = 1e-9  # relative difference below which weights of a municipality count as constant over years


@dataclass(frozen=True, slots=True)
class Comparison:
    """One difference-in-differences of two groups and two periods.

    treated, control: adoption years, control None = never treated. kind: "treated_never" against those never treated;
    "earlier_later" before the control adopts; "later_earlier" with a control that is already treated, so that changes
    of its effect enter with a minus. weight: share of the comparison in the coefficient, all sum to one. years_before,
    years_after: first and last year of either period. n_treated, n_control: municipalities.
    """

    treated: int
    control: int | None
    kind: Kind
    estimate: float
    weight: float
    years_before: tuple[int, int]
    years_after: tuple[int, int]
    n_treated: int
    n_control: int


@dataclass(frozen=True, slots=True)
class KindTotal:
    """Comparisons of one kind: their weight and their average by weight (NaN without any)."""

    kind: Kind
    count: int
    weight: float
    estimate: float


@dataclass(frozen=True, slots=True)
class Bacon:
    """All comparisons behind the coefficient of two-way fixed effects.

    coefficient: sum of weight times estimate, the coefficient on the balanced panel with weights constant over years.
    twfe: coefficient of `did` on the panel as it is; the two are equal where weighting is "constant" and nobody is
    left out as unbalanced. weighting: "averaged" where a municipality's weights differ between years.
    left_out: municipalities by reason.
    """

    comparisons: tuple[Comparison, ...]
    coefficient: float
    twfe: float
    weighting: Literal["constant", "averaged"]
    outcome: str
    unit: str
    left_out: Mapping[str, tuple[str, ...]]

    @property
    def kinds(self) -> tuple[KindTotal, ...]:
        """Totals by kind."""
        out = []
        for kind in KINDS:
            rows = [row for row in self.comparisons if row.kind == kind]
            weight = sum(row.weight for row in rows)
            average = sum(row.weight * row.estimate for row in rows) / weight if rows else np.nan
            out.append(KindTotal(kind, len(rows), weight, average))
        return tuple(out)


def bacon(panel: Panel) -> Bacon:
    """Every comparison of two cohorts in `did(panel)` with its weight and estimate (Theorem 1).

    The theorem is about a balanced panel whose weights do not change over years. Rules: municipalities with an empty
    year are left out; each municipality counts with the average of its weights over years (numbers of persons differ
    between years); means of cells are those of `did`, with person covariates at the panel's average by its slopes.
    `twfe_weights` needs none of these. Raises IdentificationError as `did`, and if no balanced comparison is left.
    """
    estimate = did(panel)
    used = estimate.panel
    whole: BoolArray = np.all(used.observed, axis=1)
    left_out = dict(estimate.left_out)
    if not whole.all():
        left_out["unbalanced"] = tuple(used.municipality[g] for g in np.flatnonzero(~whole))
    weight = used.weight[whole].mean(axis=1)
    same = np.allclose(used.weight[whole], weight[:, None], rtol=SAME, atol=0.0)
    groups = _Groups.of(estimate.adjusted_mean[whole], weight, used.adoption[whole], used.years)
    rows = [row for k in range(len(groups.adoption)) for row in groups.compared(k)]
    if not rows:
        raise IdentificationError(
            "no comparison of two cohorts that are observed in every year",
            problems=tuple(f"{len(codes)} municipalities left out: {why}" for why, codes in left_out.items()),
            remedy="choose years in which the municipalities are observed",
        )
    total = sum(row.weight for row in rows)
    shares = tuple(replace(row, weight=row.weight / total) for row in rows)
    return Bacon(
        comparisons=shares,
        coefficient=float(sum(row.weight * row.estimate for row in shares)),
        twfe=float(estimate.coef[0]),
        weighting="constant" if same else "averaged",
        outcome=used.outcome,
        unit=used.unit,
        left_out=left_out,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """C cohorts by adoption, never treated (inf) last.

    size: (C,) sum of weights; count: (C,) municipalities; mean: (C, T); exposed: (C,) share of years after adoption.
    """

    years: IntArray
    adoption: FloatArray
    size: FloatArray
    count: IntArray
    mean: FloatArray
    exposed: FloatArray

    @classmethod
    def of(cls, mean: FloatArray, weight: FloatArray, adoption: FloatArray, years: IntArray) -> _Groups:
        dates, of = np.unique(adoption, return_inverse=True)
        member = (of[None, :] == np.arange(len(dates))[:, None]) * weight
        size = member.sum(axis=1)
        count = np.bincount(of, minlength=len(dates))
        return cls(
            years, dates, size, count, member @ mean / size[:, None], (years >= dates[:, None]).mean(axis=1)
        )  # fmt: skip

    def compared(self, k: int) -> list[Comparison]:
        """Comparisons in which cohort k is the treated one; weights are not yet divided by their sum."""
        date = self.adoption[k]
        if not np.isfinite(date):
            return []
        out = []
        everywhere = np.ones(len(self.years), dtype=bool)
        for other, control in enumerate(self.adoption):
            pair = self.size[k] * self.size[other]
            mine, theirs = self.exposed[k], self.exposed[other]
            if not np.isfinite(control):
                out.append(self._row(k, other, "treated_never", everywhere, pair * mine * (1 - mine)))
            elif control > date:
                weight = pair * (mine - theirs) * (1 - mine)
                out.append(self._row(k, other, "earlier_later", self.years < control, weight))
            elif control < date:
                weight = pair * mine * (theirs - mine)
                out.append(self._row(k, other, "later_earlier", self.years >= control, weight))
        return out

    def _row(self, k: int, other: int, kind: Kind, window: BoolArray, weight: float) -> Comparison:
        after, before = window & (self.years >= self.adoption[k]), window & (self.years < self.adoption[k])
        gap = self.mean[k] - self.mean[other]
        control = self.adoption[other]
        return Comparison(
            treated=int(self.adoption[k]),
            control=int(control) if np.isfinite(control) else None,
            kind=kind,
            estimate=float(gap[after].mean() - gap[before].mean()),
            weight=float(weight),
            years_before=(int(self.years[before][0]), int(self.years[before][-1])),
            years_after=(int(self.years[after][0]), int(self.years[after][-1])),
            n_treated=int(self.count[k]),
            n_control=int(self.count[other]),
        )
