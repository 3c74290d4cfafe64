"""RE-DiD: random-effects contrasts with known sampling variances, no time-series model.

One contrast per municipality. A control's is N(mu, A + s_j^2) with s_j^2 known from the persons; the treated ones have
shock variance r^2 A and mean mu + effect. Q(A) = sum_j (W_j - mu_A)^2 / (A + s_j^2) is chi-square with m - 1 degrees of
freedom at the true A, so that A_u with Q(A_u) = the u-quantile of chi-square is a fiducial draw of A (0 where Q(0) is
smaller already), and

    effect | A ~ N( sum_g w_g W_g - mu_A,  sum_g w_g^2 (r^2 A + s_g^2) + 1 / sum_j 1/(A + s_j^2) )

averaged over u is a confidence distribution: the prediction interval of random-effects meta-analysis (Higgins,
Thompson and Spiegelhalter 2009; Nagashima, Noma and Furukawa 2019) for a difference in differences. With equal s_j and
A > 0 at all u it is the collapse t(G - 2).

The weights w_g of the treated are fixed by the design: by persons ("person"), the same ("equal"), or by known
precision 1/s_g^2 ("precision"). With several contrast vectors (adoption dates, missing years) controls take the
weighted average vector, and each vector has a shock variance of its own, found from the controls' contrasts with that
vector, all at the same u.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, stats

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import Forms, cluster_means, linear_forms, own_outcomes
from ipscausal.inference.contrast.paule_mandel import floored, moment_variance
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference
from ipscausal.inference.sampling import sampling_covariance
from ipscausal.inference.shock.mixture import Mixture
from ipscausal.inference.t_trial import no_trial
from ipscausal.panel import FloatArray

QUANTILES = 200  # of the fiducial distribution of A: p to about 1e-4
ENOUGH, FEWER = 50, 50  # with so many controls that distribution is narrow, and so many quantiles do as well
NUMBERS = 60_000  # data sets x quantiles x controls worked on at once: what stays in the cache
LARGEST_RATIO = 1e3
ASSUMPTIONS = (
    "Municipalities independent, contrasts normal, shocks of one size whatever their persistence, those of the "
    "treated {ratio}; sampling noise known from the persons."
)
SMALL_SAMPLE = "none: normal, averaged over the fiducial distribution of the shock variance"
NO_SAMPLING = "Not computed: the panel holds no variances of persons inside the cells."
FEW_CONTROLS = "Not computed: fewer than two never-treated municipalities with all years needed."
NO_TREATED = "Not computed: no treated municipality with years before and after."
DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class RandomEffects:
    """One coefficient prepared: n1 treated, m controls, V different contrast vectors.

    forms; weight: (n1,) of the treated, summing to one; vectors: (V, T) different ones; loading: (V,) sum of squared
    weights of the treated that have each; average: (T,) weighted mean vector; control_noise: (V + 1, m) sampling
    variances of the controls' contrasts with each vector, the average last; treated_noise: sum_g w_g^2 s_g^2.
    """

    forms: Forms
    weight: FloatArray
    vectors: FloatArray
    loading: FloatArray
    average: FloatArray
    control_noise: FloatArray
    treated_noise: float
    shock_ratio: float

    def mixture(self, outcomes: FloatArray, quantiles: int | None = None) -> Mixture:
        """Confidence distributions of B data sets (B, G, T), one component per quantile of A (by default enough)."""
        mean = cluster_means(self.forms, outcomes)
        control = mean[:, self.forms.control_position]
        quantiles = quantiles or (QUANTILES if control.shape[1] < ENOUGH else FEWER)
        target = stats.chi2.ppf((np.arange(quantiles) + 0.5) / quantiles, control.shape[1] - 1)
        own = np.einsum("gt,bgt,g->b", self.forms.vectors, mean[:, self.forms.treated_position], self.weight)
        step = max(1, NUMBERS // (quantiles * control.shape[1]))
        parts = [self._control_part(control[i : i + step], target) for i in range(0, len(control), step)]
        centre, variance = (np.concatenate(part) for part in zip(*parts, strict=True))
        return Mixture(np.full(quantiles, 1 / quantiles), own[:, None] - centre,
                       np.sqrt(variance + self.treated_noise))  # fmt: skip

    def _control_part(self, control: FloatArray, target: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(B, U) weighted mean of the controls, and its variance plus that of the treated's shocks."""
        w, noise = control @ self.average, self.control_noise[-1]
        shock = moment_variance(w, noise, target)
        # as in moment_variance: a sampling variance of zero has no precision
        precision = 1 / (shock[..., None] + floored(noise))
        total = precision.sum(axis=-1)
        centre = (precision * w[:, None, :]).sum(axis=-1) / total
        treated = np.zeros(shock.shape)
        for vector, noise_of, loading in zip(self.vectors, self.control_noise[:-1], self.loading, strict=True):
            own = shock if len(self.vectors) == 1 else moment_variance(control @ vector, noise_of, target)
            treated += loading * own
        return centre, self.shock_ratio**2 * treated + 1 / total


def prepare_effects(estimate: Estimate, j: int, options: Options = DEFAULT) -> RandomEffects | str:
    """The method for coefficient j, or why there is none. Reads no outcomes beyond the sampling covariance."""
    known = sampling_covariance(estimate)
    if known is None:
        return NO_SAMPLING
    forms = linear_forms(estimate, j)
    if len(forms.vectors) == 0:
        return NO_TREATED
    if len(forms.control_position) < 2:
        return FEW_CONTROLS
    own = known.covariance[forms.treated_position]
    noise = np.einsum("gs,gst,gt->g", forms.vectors, own, forms.vectors)
    weight = _weights(forms, noise, options)
    vectors, which = np.unique(forms.vectors, axis=0, return_inverse=True)
    average = weight @ forms.vectors
    every = np.vstack([vectors, average])
    control = known.covariance[forms.control_position]
    return RandomEffects(
        forms,
        weight,
        vectors,
        np.asarray(np.bincount(which.ravel(), weights=weight**2), dtype=np.float64),
        average,
        np.einsum("vs,gst,vt->vg", every, control, every, optimize=True),
        float(weight**2 @ noise),
        options.shock_ratio,
    )


def re_did(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient; estimate and standard error are median and standard deviation of the mixture."""
    return tuple(_row(estimate, j, options) for j in range(len(estimate.terms)))


def prepare(estimate: Estimate, j: int, options: Options) -> Trial:
    """p-values of coefficient j; NaN where `re_did` gives none."""
    material = prepare_effects(estimate, j, options)
    if isinstance(material, str):
        return no_trial
    return lambda outcomes: material.mixture(outcomes).p_value


def re_did_breakdown(estimate: Estimate, j: int, options: Options = DEFAULT) -> float | None:
    """Shock ratio up to which coefficient j is distinct from zero at `level`: p = 1 - level there.

    0 where it is not distinct even if the treated had no shocks; infinite where shocks do not matter (all of the
    confidence distribution of A near zero); None where the method is not computed.
    """
    material = prepare_effects(estimate, j, options)
    if isinstance(material, str):
        return None
    outcomes, alpha = own_outcomes(estimate), 1 - options.level

    def excess(ratio: float) -> float:
        return float(replace(material, shock_ratio=ratio).mixture(outcomes).p_value[0]) - alpha

    if excess(0.0) >= 0:
        return 0.0
    return float(optimize.brentq(excess, 0.0, LARGEST_RATIO)) if excess(LARGEST_RATIO) > 0 else float("inf")


def _weights(forms: Forms, noise: FloatArray, options: Options) -> FloatArray:
    """(n1,) weights of the treated, fixed before outcomes are seen."""
    if options.estimand == "equal":
        weight = np.ones(len(noise))
    elif options.estimand == "person":
        weight = np.where(forms.vectors > 0, forms.treated_size, 0.0).sum(axis=1)
    else:
        weight = 1 / floored(noise)
    return np.asarray(weight / weight.sum())


def _row(estimate: Estimate, j: int, options: Options) -> Inference:
    term, material = estimate.terms[j].name, prepare_effects(estimate, j, options)
    if isinstance(material, str):
        return Inference(term, "re_did", None, "not_identified", material, options.level, small_sample=material)
    mixture, tail = material.mixture(own_outcomes(estimate)), (1 - options.level) / 2
    return Inference(
        term=term,
        method="re_did",
        estimate=float(mixture.quantile(0.5)[0]),
        status="ok",
        assumptions=ASSUMPTIONS.format(ratio=options.shocks_in_words),
        level=options.level,
        std_error=float(mixture.spread[0]),
        p_value=float(mixture.p_value[0]),
        conf_low=float(mixture.quantile(tail)[0]),
        conf_high=float(mixture.quantile(1 - tail)[0]),
        small_sample=SMALL_SAMPLE,
        n_dropped=material.forms.n_dropped,
    )


METHODS = (Method("re_did", re_did, prepare, "contrast", "contrasts"),)
