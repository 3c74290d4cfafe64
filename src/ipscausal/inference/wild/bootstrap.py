"""Wild cluster bootstrap: is the estimate large among estimates with the clusters' residuals given random signs?

WCR imposes the null on the residuals, WCU does not (Cameron, Gelbach and Miller 2008). The letter is the variant of
MacKinnon, Nielsen and Webb (2023): C residuals of the fit and cluster-robust t; S each cluster's residuals from the
fit without it; V the jackknife t in every draw; B both. With one treated cluster WCR practically never rejects and
WCU rejects a third to three quarters of true nulls (MacKinnon and Webb 2017): their disagreement is the diagnosis.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.cluster.blocks import by_cluster, cell_regression
from ipscausal.inference.cluster.jackknife import NO_JACKKNIFE
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.row import FEW_TREATED, Inference, Status, unreachable
from ipscausal.inference.wild.interval import interval
from ipscausal.inference.wild.scores import (
    Variant,
    WildDesign,
    WildScores,
    count_extreme,
    count_many,
    t_draws,
    wild_design,
    wild_scores,
)
from ipscausal.inference.wild.signs import TRIAL_ENUMERATE, Signs, choose_signs
from ipscausal.panel import FloatArray

VARIANTS: Mapping[str, Variant] = MappingProxyType(
    {
        "wcr_c": Variant("imposed", "fit", "cv1"),
        "wcr_s": Variant("imposed", "left_out", "cv1"),
        "wcr_v": Variant("imposed", "fit", "cv3"),
        "wcr_b": Variant("imposed", "left_out", "cv3"),
        "wcu_c": Variant("free", "fit", "cv1"),
        "wcu_s": Variant("free", "left_out", "cv1"),
        "wcu_v": Variant("free", "fit", "cv3"),
        "wcu_b": Variant("free", "left_out", "cv3"),
    }
)
INDEPENDENT = "Clusters independent of each other; any correlation inside a cluster"
IMPOSED = f"{INDEPENDENT}; under the null the residuals of a whole cluster could as well have had the other sign."
FREE = f"{INDEPENDENT}; the residuals of the fitted effect stand for the errors, which takes many treated clusters."
ONE_TREATED = (
    "One treated cluster: the null leaves it a residual as large as the estimate; the test rejects next to never."
)
TWO_TREATED = "Two treated clusters: rejects less often than it should."
EXACT = "The regression fits every cluster exactly: there are no residuals to draw."
NO_LIMIT = "The interval has no limit {}."
CONSTANT = "none: constant factors cancel"

DEFAULT = Options()


def wild(name: str, estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient: p by counting vectors, interval by inversion, statistic t without small-sample factor.

    A limit of the interval that does not exist is None, and the assumptions say on which side.
    """
    signs = choose_signs(estimate.n_clusters, options)
    gram, moment = by_cluster(estimate, estimate.regression.gram), by_cluster(estimate, estimate.regression.moment)
    rows = []
    for j, term in enumerate(estimate.terms):
        design = wild_design(gram, j, VARIANTS[name])
        scores = None if design is None else wild_scores(design, moment)
        if design is None or scores is None or scores.norm == 0:
            reason = NO_JACKKNIFE if design is None else EXACT
            rows.append(Inference(term.name, name, float(estimate.coef[j]), "not_identified", reason, options.level))
            continue
        rows.append(_row(name, estimate, j, signs, design, scores, options.level))
    return tuple(rows)


def prepare(name: str, estimate: Estimate, j: int, options: Options = DEFAULT) -> Trial:
    """The two-sided p of simulated covariate-free cell means (B, G, T); NaN where the variant is not identified."""
    signs = choose_signs(estimate.n_clusters, options, TRIAL_ENUMERATE)
    regression = cell_regression(estimate)
    design = wild_design(regression.blocks.gram, j, VARIANTS[name])

    def trial(outcomes: FloatArray) -> FloatArray:
        if design is None:
            return np.full(len(outcomes), np.nan)
        by_municipality = np.einsum("bgt,gtm->gbm", outcomes, regression.regressors, optimize=True)
        moment = by_cluster(estimate, by_municipality).transpose(1, 0, 2)
        return signs.p_value(count_many(design, moment, signs.vectors))

    return trial


def t_and_draws(name: str, estimate: Estimate, j: int, signs: Signs) -> tuple[float, FloatArray] | None:
    """t and its bootstrap distribution (n,), both in absolute value; None where the variant is not identified.

    Estimates of several outcomes that share clusters and `signs` share their draws: the material of a step-down.
    """
    design = wild_design(by_cluster(estimate, estimate.regression.gram), j, VARIANTS[name])
    if design is None:
        return None
    scores = wild_scores(design, by_cluster(estimate, estimate.regression.moment))
    if scores.norm == 0:
        return None
    delta, numerator, denominator = t_draws(design, scores, signs.vectors)
    endless = np.full(signs.n, np.inf)
    draws = np.divide(np.abs(numerator), denominator, out=endless, where=denominator > 0)
    return float(np.abs(delta) / scores.norm), draws


def _row(
    name: str, estimate: Estimate, j: int, signs: Signs, design: WildDesign, scores: WildScores, level: float
) -> Inference:
    count = int(count_extreme(design, scores, signs.vectors))
    low, high = interval(design, scores, signs, level)
    endless = [side for side, limit in (("below", low), ("above", high)) if not np.isfinite(limit)]
    status, reasons = _standing(VARIANTS[name], int(estimate.n_residual[j]), signs.floor, level)
    if endless:
        reasons.append(NO_LIMIT.format(" and ".join(endless)))
    return Inference(
        estimate.terms[j].name,
        name,
        float(estimate.coef[j]),
        status,
        " ".join(reasons),
        level,
        statistic=float(scores.estimate * design.root_information / scores.norm),
        p_value=float(signs.p_value(np.array(count))),
        conf_low=low if np.isfinite(low) else None,
        conf_high=high if np.isfinite(high) else None,
        p_floor=signs.floor,
        small_sample=f"{CONSTANT}; {signs.words}",
        draws=signs.n,
        seed=signs.seed,
        p_monte_carlo=signs.monte_carlo(count),
    )


def _standing(variant: Variant, treated: int, floor: float, level: float) -> tuple[Status, list[str]]:
    if variant.null == "free":
        return "known_invalid" if treated < FEW_TREATED else "ok", [FREE]
    if unreachable(floor, level):
        return "cannot_reject", [IMPOSED]
    if treated <= 2:
        return "conservative", [IMPOSED, ONE_TREATED if treated == 1 else TWO_TREATED]
    return "ok", [IMPOSED]


METHODS = tuple(Method(name, partial(wild, name), partial(prepare, name)) for name in VARIANTS)
