"""CR3: the cluster jackknife (MacKinnon, Nielsen and Webb; inference.md 3.4).

Municipality effects are absorbed, so leaving a cluster out only subtracts its cross-products. Where leaving one out
removes the coefficient there is no jackknife, and no number is given.
"""

from __future__ import annotations

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.method import Method
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference, t_row
from ipscausal.panel import FloatArray

SMALL_SAMPLE = "(G-1)/G x sum of squared leave-one-out deviations (MacKinnon-Nielsen-Webb)"
ASSUMPTIONS = "Clusters independent; every coefficient survives leaving any one cluster out."
SINGULAR = 1e-10  # eigenvalue of the scaled cross-products that counts as zero

DEFAULT = Options()


def leave_one_out(estimate: Estimate) -> FloatArray:
    """(C, q) coefficients without each cluster; NaN where the others no longer identify them."""
    equations, q = estimate.equations, len(estimate.terms)
    p = equations.bread.shape[0]
    gram, moment = np.zeros((estimate.n_clusters, p, p)), np.zeros((estimate.n_clusters, p))
    np.add.at(gram, estimate.cluster_of, equations.gram)
    np.add.at(moment, estimate.cluster_of, equations.moment)
    total = gram.sum(axis=0)
    scale = 1 / np.sqrt(np.diag(total))
    rest = (total - gram) * scale[:, None] * scale
    values, vectors = np.linalg.eigh(rest)
    alive = values > SINGULAR
    inverse_values = np.divide(1.0, values, out=np.zeros_like(values), where=alive)
    right = np.einsum("cpv,cp->cv", vectors, (moment.sum(axis=0) - moment) * scale)
    coef = np.einsum("cqv,cv,cv->cq", vectors[:, :q], inverse_values, right) * scale[:q]
    # a coefficient is lost when its direction has a part in the null space of the remaining cross-products
    lost = np.einsum("cqv,cv->cq", vectors[:, :q] ** 2, ~alive) > SINGULAR
    return np.where(lost, np.nan, coef)


def cr3(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient against t(G-1), `not_identified` where a leave-one-out coefficient does not exist."""
    without = leave_one_out(estimate)
    g, level, rows = estimate.n_clusters, options.level, []
    for j, term in enumerate(estimate.terms):
        b = float(estimate.coef[j])
        if np.isnan(without[:, j]).any():
            reason = "Leaving one cluster out removes the coefficient: there is no jackknife."
            rows.append(Inference(term.name, "cr3", b, "not_identified", reason, level, small_sample=SMALL_SAMPLE))
            continue
        error = float(np.sqrt((g - 1) / g * np.sum((without[:, j] - b) ** 2)))
        words = {"assumptions": ASSUMPTIONS, "small_sample": SMALL_SAMPLE}
        rows.append(t_row(term.name, "cr3", b, error, g - 1, level=level, status="ok", **words))
    return tuple(rows)


METHODS = (Method("cr3", cr3),)
