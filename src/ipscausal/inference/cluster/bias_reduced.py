"""CR2 with Satterthwaite's degrees of freedom (Bell and McCaffrey 2002; Imbens and Kolesar 2016).

The contribution of cluster c to coefficient j is r_c'e_c with r_c = (I - X_c M X_c')^{+1/2} X_c M e_j, under the
working model of independent persons with equal variance. Then V = sum (r_c'e_c)^2 and

    df = tr(P)^2 / sum P_cd^2,    P = diag(r_c'r_c) - Q M Q',    Q_c = X_c'r_c.

Municipality effects are absorbed, year effects stay as columns: they cross clusters, and a within transform over both
gives another number (Pustejovsky and Tipton, corrigendum 2023). With weights the coordinates are square roots of
weights, so that cells give what their persons give; weighted least squares with an identity target is another
estimator.
With one treated cluster the pseudo-inverse drops exactly the direction in which the treated differ.
"""

from __future__ import annotations

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.cluster.blocks import Blocks, blocks, cell_regression, cluster_scores
from ipscausal.inference.cluster.leverage import DOMINANT, partial_leverage
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference, Status, t_row
from ipscausal.inference.t_trial import contribution_trial, no_trial, robust_error
from ipscausal.panel import FloatArray

SMALL_SAMPLE = "Bell-McCaffrey bias reduction, Satterthwaite degrees of freedom, working model independent persons"
ASSUMPTIONS = "Clusters independent; degrees of freedom as if persons were independent with equal variance."
UNRELIABLE = "Fewer than four degrees of freedom: the p-value is unreliable."
ONE_TREATED = "One treated cluster: the bias reduction removes its noise, and the number describes the controls only."
ONE_DOMINATES = "One cluster holds more than 80 per cent of the coefficient's variation: the others cannot judge it."
NOTHING_LEFT = "Every cluster alone determines a part of the coefficient: no residual is left to judge by."
FEW_DF = 4
BIAS_REDUCED = 0.5  # power of the inverse of I - hat
NONE = 1e-12  # trace of P relative to the unadjusted one that counts as zero

DEFAULT = Options()


def covariance_cr2(estimate: Estimate) -> FloatArray:
    """(q, q) bias-reduced covariance of the coefficients."""
    contributions = _contributions(blocks(estimate), cluster_scores(estimate))
    return contributions.T @ contributions


def cr2(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient against t(df).

    `known_invalid` with one treated cluster or a partial leverage above 0.8; `not_identified` without any residual.
    """
    own = blocks(estimate)
    errors = robust_error(_contributions(own, cluster_scores(estimate)).T, 1.0)
    df, dominant = satterthwaite_df(own), partial_leverage(own).max(axis=0)
    rows = []
    for j, term in enumerate(estimate.terms):
        b = float(estimate.coef[j])
        if np.isnan(df[j]):
            rows.append(
                Inference(term.name, "cr2", b, "not_identified", NOTHING_LEFT, options.level, small_sample=SMALL_SAMPLE)
            )
            continue
        status, sentence = _judgement(int(estimate.n_residual[j]), float(dominant[j]), float(df[j]))
        words = {"assumptions": sentence, "small_sample": SMALL_SAMPLE}
        rows.append(
            t_row(term.name, "cr2", b, float(errors[j]), float(df[j]), level=options.level, status=status, **words)
        )
    return tuple(rows)


def prepare(estimate: Estimate, j: int, options: Options) -> Trial:
    """Trial of coefficient j, whatever its status: how often an invalid test rejects is what one wants to see."""
    regression = cell_regression(estimate)
    df = satterthwaite_df(regression.blocks)[j]
    if np.isnan(df):
        return no_trial
    multipliers = regression.blocks.multipliers(BIAS_REDUCED)[:, j]
    return contribution_trial(estimate, j, regression, multipliers, 1.0, float(df))


def satterthwaite_df(own: Blocks) -> FloatArray:
    """(q,) degrees of freedom, NaN where the adjusted variance has no expectation left."""
    adjusted = own.loading * own.power(BIAS_REDUCED)[:, None]
    # in the coordinates of R: r_c'r_c = a'f h f a and Q_c M Q_d' = u_c'u_d with u_c = V h f V'a
    squares = np.einsum("cqv,cv->cq", adjusted**2, own.values)
    projected = np.einsum("cqv,cv,cpv->qcp", adjusted, own.values, own.vectors, optimize=True)
    p = -projected @ projected.transpose(0, 2, 1)
    diagonal = np.arange(len(squares))
    p[:, diagonal, diagonal] += squares.T
    trace, sum_of_squares = np.einsum("qcc->q", p), (p**2).sum(axis=(1, 2))
    some = trace > NONE * (own.target**2).sum(axis=1)
    return np.divide(trace**2, sum_of_squares, out=np.full(len(trace), np.nan), where=some)


def _contributions(own: Blocks, scores: FloatArray) -> FloatArray:
    """(C, q) contributions r_c'e_c."""
    return np.asarray(np.einsum("cqp,cp->cq", own.multipliers(BIAS_REDUCED), scores))


def _judgement(treated: int, dominant: float, df: float) -> tuple[Status, str]:
    if treated == 1:
        return "known_invalid", ONE_TREATED
    if dominant > DOMINANT:
        return "known_invalid", ONE_DOMINATES
    return "ok", f"{ASSUMPTIONS} {UNRELIABLE}" if df < FEW_DF else ASSUMPTIONS


METHODS = (Method("cr2", cr2, prepare),)
