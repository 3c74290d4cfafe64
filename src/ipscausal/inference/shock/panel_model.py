"""Panel model: known sampling variances, municipality shocks of estimated size and persistence.

The confidence distribution of a coefficient is a mixture over the grid of `grid`: at each point (sigma, rho) the
coefficient is normal with a known variance, weighted by what the whole panel says of the point. What is estimated
depends on `Options.estimand`:

- "person": the estimate itself, with its own cell weights L; variance sum_c L_c'(r_c^2 sigma^2 R + S_c)L_c.
- "equal": every municipality counts the same: the mean contrast of the treated, each over its own years, less the mean
  contrast of the never treated over the average of those years.
- "precision": generalised least squares at each grid point, which weights municipalities by what they can say.

A treated municipality without company has no residual after adoption: its shocks are taken to be `Options.shock_ratio`
times those of the others. The prior was chosen among three by simulation of twelve designs with one treated
municipality of eleven and confirmed on fresh draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import Forms, cluster_means, own_outcomes
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference
from ipscausal.inference.shock.grid import Grid, correlation
from ipscausal.inference.shock.mixture import Mixture
from ipscausal.inference.shock.panel_gls import GlsGrid, ShockDesign, gls_grid
from ipscausal.inference.shock.posterior import (
    BEYOND,
    ShockPosterior,
    all_forms,
    beyond_grid,
    posterior_weight,
    scaled_grid,
    shock_design,
    shock_posterior,
    summary,
    treated_prior,
    untreated_cells,
)
from ipscausal.inference.t_trial import no_trial
from ipscausal.panel import FloatArray

ASSUMPTIONS = (
    "Municipalities independent; their yearly shocks normal, of one size and one persistence (AR(1)), those of the "
    "treated {ratio}; sampling noise known from the persons."
)
SMALL_SAMPLE = "none: normal, averaged over shock sizes and persistences by restricted likelihood and prior"
NO_SAMPLING = "Not computed: the panel holds no variances of persons inside the cells, or they are zero."
FEW_OTHERS = "Not computed: fewer than two municipalities without the treated one's dates, so no shocks to compare."
FEW_CELLS = "Not computed: too few municipality-years are left to estimate the size of shocks."
NO_CONTRAST = "Not computed: a coefficient has no municipality with the years before and after and two to compare."
OUTSIDE = "Not computed: shocks are so much larger than sampling noise that knowing the noise does not help."
LEAST_DF = 3  # below, the weights do not fall with sigma and end at the edge of the grid
DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class PanelModel:
    """The model prepared for a design; every outcome argument is (B, G, T), 0 in empty cells.

    gls: the design at K grid points; prior: (K,) log weights; fixed: (q, G, T) weights of an estimand that is the same
    at each point, None for "precision"; covariance: (K, q, q) of the coefficients; forms: of the first term.
    """

    design: ShockDesign
    gls: GlsGrid
    prior: FloatArray
    fixed: FloatArray | None
    covariance: FloatArray
    forms: Forms

    def weight(self, outcomes: FloatArray) -> FloatArray:
        """(B, K) posterior weights of the grid points."""
        return posterior_weight(self.gls.log_likelihood(cluster_means(self.forms, outcomes)), self.prior)

    def coefficients(self, outcomes: FloatArray) -> FloatArray:
        """(B, K, q) coefficients at each grid point, (B, 1, q) where they are the same at all."""
        if self.fixed is None:
            return self.gls.coefficients(cluster_means(self.forms, outcomes))
        return np.asarray(np.einsum("bgt,qgt->bq", outcomes, self.fixed, optimize=True)[:, None, :])

    def mixture(self, outcomes: FloatArray, j: int) -> Mixture:
        """Confidence distributions of coefficient j."""
        return Mixture(
            self.weight(outcomes), self.coefficients(outcomes)[:, :, j], np.sqrt(self.covariance[:, j, j])
        )  # fmt: skip

    def posterior(self, outcomes: FloatArray) -> ShockPosterior:
        """What the one data set (1, G, T) says of the shocks."""
        ll = self.gls.log_likelihood(cluster_means(self.forms, outcomes))[0]
        return summary(self.gls.grid, ll, self.prior, self.gls.residual_df)


def prepare_model(estimate: Estimate, options: Options = DEFAULT) -> PanelModel | str:
    """The model for a design, or why there is none. Reads no outcomes beyond the sampling covariance."""
    design = shock_design(estimate, options)
    if design is None:
        return NO_SAMPLING
    if _others(estimate) < 2:
        return FEW_OTHERS
    forms = all_forms(estimate)
    grid = scaled_grid(design)
    prior = treated_prior(forms, design, grid)
    if prior is None:
        return NO_CONTRAST
    gls = gls_grid(design, grid)
    if gls.residual_df < LEAST_DF:
        return FEW_CELLS
    if options.estimand == "precision":
        return PanelModel(design, gls, prior, None, gls.covariance, forms[0])
    if options.estimand == "person":
        fixed = estimate.cell_weights
    elif all(len(one.vectors) and len(one.control_position) for one in forms):
        fixed = np.stack([_equal_weights(estimate, one) for one in forms])
    else:
        return NO_CONTRAST
    by_cluster = np.add.reduceat(fixed[:, forms[0].order], forms[0].starts, axis=1)
    return PanelModel(design, gls, prior, fixed, fixed_covariance(by_cluster, design, grid), forms[0])


def fixed_covariance(weights: FloatArray, design: ShockDesign, grid: Grid) -> FloatArray:
    """(K, q, q) covariance of fixed weights (q, C, T) at each grid point: shocks and sampling noise."""
    scaled = weights * design.ratio[:, None]
    q, _, years = scaled.shape
    # over clusters first: (q, q, T, T) is small, whatever the number of clusters and grid points
    pairs = np.tensordot(scaled, scaled, axes=(1, 1)).transpose(0, 2, 1, 3).reshape(q * q, years * years)
    shock = correlation(grid.rho, design.years).reshape(-1, years * years) @ pairs.T
    return np.asarray(grid.sigma[:, None, None] ** 2 * shock.reshape(-1, q, q) + combined(weights, design.covariance))


def combination_covariance(estimate: Estimate, weights: FloatArray, options: Options = DEFAULT) -> FloatArray | None:
    """(r, r) covariance of other linear combinations of the same cell means, weights (r, C, T) over clusters.

    Shocks by what untreated cells say of them, which holds however effects differ. None where sampling noise is not
    known, or untreated cells are too few.
    """
    design = shock_design(estimate, options)
    shocks = shock_posterior(estimate, options, untreated_cells(estimate)) if design is not None else None
    if design is None or shocks is None:
        return None
    grid = shocks.grid
    # averaged over what the untreated cells allow: one covariance of a municipality's shocks over years
    by_year = np.einsum("k,kts->ts", shocks.weight * grid.sigma**2, correlation(grid.rho, design.years))
    of_means = design.ratio[:, None, None] ** 2 * by_year + design.covariance
    return combined(weights, of_means)


def combined(weights: FloatArray, of_means: FloatArray) -> FloatArray:
    """(q, q) covariance of effects with weights (q, C, T), of clusters with covariances (C, T, T) over years."""
    spread = np.einsum("qct,cts->qcs", weights, of_means, optimize=True)
    q = len(weights)
    covariance = spread.reshape(q, -1) @ weights.reshape(q, -1).T
    return np.asarray((covariance + covariance.T) / 2)


def panel(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient; estimate and standard error are mean and standard deviation of the mixture."""
    model = prepare_model(estimate, options)
    if isinstance(model, str):
        return tuple(_none(estimate, options, j, model) for j in range(len(estimate.terms)))
    outcomes = own_outcomes(estimate)
    if beyond_grid(model.weight(outcomes), model.gls.grid)[0] > BEYOND:
        return tuple(_none(estimate, options, j, OUTSIDE) for j in range(len(estimate.terms)))
    return tuple(_row(estimate, options, model.mixture(outcomes, j), j) for j in range(len(estimate.terms)))


def prepare(estimate: Estimate, j: int, options: Options) -> Trial:
    """p-values of coefficient j; NaN where `panel` gives none."""
    model = prepare_model(estimate, options)
    if isinstance(model, str):
        return no_trial

    def trial(outcomes: FloatArray) -> FloatArray:
        mixture = model.mixture(outcomes, j)
        beyond = beyond_grid(mixture.weight, model.gls.grid) > BEYOND
        return np.where(beyond, np.nan, mixture.p_value)

    return trial


def panel_covariance(estimate: Estimate, options: Options = DEFAULT) -> FloatArray | None:
    """(q, q) covariance of the coefficients over the mixture, for joint use of an event study; None where none."""
    model = prepare_model(estimate, options)
    if isinstance(model, str):
        return None
    outcomes = own_outcomes(estimate)
    weight = model.weight(outcomes)[0]
    mean = np.broadcast_to(model.coefficients(outcomes)[0], (len(weight), len(estimate.terms)))
    deviation = mean - weight @ mean
    return np.asarray(np.einsum("k,kqr->qr", weight, model.covariance) + (weight * deviation.T) @ deviation)


def _others(estimate: Estimate) -> int:
    """Clusters outside the largest group that adopts in the same year: what its shocks are compared with."""
    first = np.unique(estimate.cluster_of, return_index=True)[1]
    dates = estimate.cells.adoption[first]
    return int(len(dates) - np.unique(dates[np.isfinite(dates)], return_counts=True)[1].max())


def _equal_weights(estimate: Estimate, forms: Forms) -> FloatArray:
    """(G, T) weights of the mean treated contrast less the mean contrast of the controls."""
    clusters = np.zeros((estimate.n_clusters, len(forms.years)))
    clusters[forms.treated_position] = forms.vectors / len(forms.vectors)
    clusters[forms.control_position] = -forms.average / len(forms.control_position)
    out = np.zeros(forms.share.shape)
    out[forms.order] = clusters[estimate.cluster_of[forms.order]] * forms.share
    return out


def _row(estimate: Estimate, options: Options, mixture: Mixture, j: int) -> Inference:
    value = float(estimate.coef[j]) if options.estimand == "person" else float(mixture.average[0])
    error, tail = float(mixture.spread[0]), (1 - options.level) / 2
    return Inference(
        term=estimate.terms[j].name,
        method="panel",
        estimate=value,
        status="ok",
        assumptions=ASSUMPTIONS.format(ratio=options.shocks_in_words),
        level=options.level,
        std_error=error,
        statistic=value / error,
        p_value=float(mixture.p_value[0]),
        conf_low=float(mixture.quantile(tail)[0]),
        conf_high=float(mixture.quantile(1 - tail)[0]),
        small_sample=SMALL_SAMPLE,
    )


def _none(estimate: Estimate, options: Options, j: int, reason: str) -> Inference:
    value = float(estimate.coef[j]) if options.estimand == "person" else None
    return Inference(
        estimate.terms[j].name, "panel", value, "not_identified", reason, options.level, small_sample=reason
    )


METHODS = (Method("panel", panel, prepare, needs="weights"),)
