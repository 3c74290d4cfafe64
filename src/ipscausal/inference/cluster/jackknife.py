"""CR3: the cluster jackknife (MacKinnon, Nielsen and Webb 2023).

Municipality effects are absorbed, so leaving a cluster out only subtracts its cross-products. Where leaving one out
removes the coefficient there is no jackknife, and no number is given. Everything but `leave_one_out` works from
leave-one-out coefficients, wherever they come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.estimate.assemble import coefficients_of
from ipscausal.inference.cluster.blocks import Blocks, blocks, cell_regression, cluster_scores
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference, Status, t_row
from ipscausal.inference.t_trial import contribution_trial, no_trial, robust_error
from ipscausal.panel import BoolArray, FloatArray, read_only

SMALL_SAMPLE = "(G-1)/G x sum of squared leave-one-out deviations (MacKinnon-Nielsen-Webb)"
ASSUMPTIONS = "Clusters independent; every coefficient survives leaving any one cluster out."
NO_JACKKNIFE = "Leaving one cluster out removes the coefficient: there is no jackknife."
TWO_TREATED = "Two treated clusters: leaving one out, the other alone decides, and p-values are too small."
LOST = 1e-10  # share of a coefficient's variation in directions that only one cluster determines
LEFT_OUT = 1.0  # power of the inverse of I - hat

DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """cluster: C labels of the cluster left out. without: (C, q) coefficients, NaN where they cease to exist.

    change: (C, q) without less the full coefficient. flips_sign: (C, q).
    """

    cluster: tuple[str, ...]
    without: FloatArray
    change: FloatArray
    flips_sign: BoolArray

    def __post_init__(self) -> None:
        read_only(self)


@lru_cache(
    maxsize=2
)  # asked for by the jackknife, the diagnostics and the checks of one estimate, which does not change
def leave_one_out(estimate: Estimate) -> FloatArray:
    """(C, q) coefficients without each cluster; NaN where the others no longer identify them.

    A regression is not solved again; other estimators are.
    """
    if estimate.equations is None:
        labels = np.array(estimate.panel.cluster)
        return np.stack([coefficients_of(estimate, estimate.panel.select(labels != one)) for one in estimate.cluster])
    own = blocks(estimate)
    deviation = np.einsum("cqp,cp->cq", own.multipliers(LEFT_OUT), cluster_scores(estimate))
    return np.where(_lost(own), np.nan, estimate.coef - deviation)


def influence(estimate: Estimate, without: FloatArray) -> Influence:
    """What each cluster does to the coefficients, from the (C, q) coefficients without it."""
    return Influence(
        estimate.cluster, without.copy(), without - estimate.coef, np.sign(without) * np.sign(estimate.coef) < 0
    )


def jackknife_error(without: FloatArray, centre: FloatArray) -> FloatArray:
    """(q,) roots of (C-1)/C x sums of squares about `centre`: the coefficients (CV3) or the mean (CV3J)."""
    return robust_error((without - centre).T, _factor(len(without)))


def cr3(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient against t(G-1), `not_identified` where a leave-one-out coefficient does not exist."""
    return jackknife_rows(estimate, leave_one_out(estimate), options)


def jackknife_rows(estimate: Estimate, without: FloatArray, options: Options) -> tuple[Inference, ...]:
    """Rows from (C, q) leave-one-out coefficients of any estimator; `known_invalid` with two treated clusters."""
    errors, rows = jackknife_error(without, estimate.coef), []
    for j, term in enumerate(estimate.terms):
        b, level = float(estimate.coef[j]), options.level
        if np.isnan(errors[j]):
            rows.append(
                Inference(term.name, "cr3", b, "not_identified", NO_JACKKNIFE, level, small_sample=SMALL_SAMPLE)
            )
            continue
        two = int(estimate.n_smaller_arm[j]) <= 2
        status: Status = "known_invalid" if two else "ok"
        words = {"assumptions": TWO_TREATED if two else ASSUMPTIONS, "small_sample": SMALL_SAMPLE}
        rows.append(
            t_row(term.name, "cr3", b, float(errors[j]), estimate.n_clusters - 1, level=level, status=status, **words)
        )
    return tuple(rows)


def prepare(estimate: Estimate, j: int, options: Options) -> Trial:
    """Trial of coefficient j; no p-value where the jackknife does not exist."""
    if estimate.equations is None:
        return no_trial
    regression, clusters = cell_regression(estimate), estimate.n_clusters
    if _lost(regression.blocks)[:, j].any():
        return no_trial
    multipliers = regression.blocks.multipliers(LEFT_OUT)[:, j]
    return contribution_trial(estimate, j, regression, multipliers, _factor(clusters), clusters - 1)


def _factor(clusters: int) -> float:
    return (clusters - 1) / clusters


def _lost(own: Blocks) -> BoolArray:
    """(C, q) True where a direction that only this cluster determines has a part in the coefficient."""
    part = np.einsum("cqv,cv->cq", own.loading**2, own.alone)
    return np.asarray(part > LOST * (own.target**2).sum(axis=1))


METHODS = (Method("cr3", cr3, prepare, needs="refit"),)
