"""Triple differences: the same municipalities and years seen in two populations.

A change that treatment does not make but that both populations share in a municipality (its labour market, its office)
leaves with the second population. The outcome becomes the difference of the two cell means, a `Panel` of its own: every
estimator and every inference method then works on it, the two populations of a municipality enter one contribution,
and their covariance is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.estimate.model import Estimate
from ipscausal.estimate.twfe import did
from ipscausal.panel import BoolArray, FloatArray, Panel

SHOWN = 5  # municipalities or years named in an error


def triple(panel: Panel, other: Panel, *, estimate_of: Callable[[Panel], Estimate] = did) -> Estimate:
    """`estimate_of` on the difference between the outcomes of two populations, as an estimate on `difference_panel`.

    panel: the population that treatment is for; other: one in the same municipalities and years that it does not reach.
    With `did` the coefficient, its residuals and contributions are those of the regression on the rows of both with
    municipality by year, population by year and municipality by population effects. With equal weights the estimate of
    every estimator that is linear in the means is that of `panel` less that of `other`; with persons the two are
    weighted alike, by `difference_panel`, and need not subtract.
    Identifies the effect on `panel` if, without treatment, the gap between the two populations had changed as in the
    comparison municipalities, and if treatment left `other` alone: a spill-over to it is taken off the effect.
    Source: Olden & Moen (2022), The Econometrics Journal 25(3). Raises as `difference_panel` and `estimate_of`.
    """
    return estimate_of(difference_panel(panel, other))


def difference_panel(panel: Panel, other: Panel) -> Panel:
    """Cells of the first population's mean less the second's, where both have one.

    Weights n m / (n + m), n and m those of the two cells: with municipality by year effects these are the weights that
    least squares on the rows of both gives the difference. They also count the persons of a cell ("effective persons",
    never more than the smaller population), so that the variance inside a cell over their number is the sampling
    variance of the difference. Rows without weights count once.
    The populations hold different persons: sampling covariances add up. A person who changes population between two
    years (by growing older) makes a covariance across them that is not seen.
    Adoption, dose and municipality covariates are those of `panel`. Raises UsageError for populations of other
    municipalities, years, adoption, weighting or unit, and for person covariates.
    """
    _require_alike(panel, other)
    order = np.array([other.municipality.index(code) for code in panel.municipality])
    seen = panel.observed & other.observed[order]
    weight = _harmonic(panel.weight, other.weight[order], seen)
    if panel.weighting == "rows":
        weight = seen.astype(np.float64)
    persons = weight if panel.weighting == "persons" else seen.astype(np.float64)
    mean = np.where(seen, np.nan_to_num(panel.mean) - np.nan_to_num(other.mean[order]), 0.0)
    within, square = None, weight * mean**2
    if panel.within_variance is not None and other.within_variance is not None:
        within = persons * (
            _per_person(panel.within_variance, panel.persons, seen)
            + _per_person(other.within_variance[order], other.persons[order], seen)
        )
        if panel.weighting == "persons":
            square = square + np.maximum(persons - 1, 0) * np.nan_to_num(within)
    covariance = None
    if panel.mean_covariance is not None and other.mean_covariance is not None:
        both = seen[:, :, None] & seen[:, None, :]
        covariance = np.where(both, panel.mean_covariance + other.mean_covariance[order], 0.0)
    return replace(
        panel, weight=weight, persons=persons, y=weight * mean, yy=square, within_variance=within,
        mean_covariance=covariance, outcome_covariate_covariance=None, covariate_covariance=None, person_count=None,
    )  # fmt: skip


def _harmonic(first: FloatArray, second: FloatArray, seen: BoolArray) -> FloatArray:
    return np.divide(first * second, first + second, out=np.zeros(seen.shape), where=seen)


def _per_person(variance: FloatArray, persons: FloatArray, seen: BoolArray) -> FloatArray:
    """(G, T) variance of a cell mean, NaN where there is none."""
    return np.divide(variance, persons, out=np.full(seen.shape, np.nan), where=seen)


def _require_alike(panel: Panel, other: Panel) -> None:
    problems = []
    apart = sorted(set(panel.municipality) ^ set(other.municipality))
    if apart:
        problems.append(f"{len(apart)} municipalities are in one of them only: {', '.join(apart[:SHOWN])}")
    years = sorted(set(panel.years.tolist()) ^ set(other.years.tolist()))
    if years:
        problems.append(f"years in one of them only: {', '.join(map(str, years[:SHOWN]))}")
    if not apart:
        dates = dict(zip(other.municipality, other.adoption, strict=True))
        moved = [code for code, date in zip(panel.municipality, panel.adoption, strict=True) if dates[code] != date]
        if moved:
            problems.append(f"another adoption year in {len(moved)} municipalities: {', '.join(moved[:SHOWN])}")
    if panel.weighting != other.weighting:
        problems.append(f"weights by {panel.weighting} and by {other.weighting}")
    if panel.unit != other.unit:
        problems.append(f"outcomes in {panel.unit!r} and in {other.unit!r}")
    if panel.covariates or other.covariates:
        problems.append("person covariates, which differences of cell means cannot hold")
    if problems:
        raise UsageError(
            "the two populations cannot be compared", problems=tuple(problems),
            remedy="build both panels from the same municipalities, years and outcome, without person covariates",
        )  # fmt: skip
