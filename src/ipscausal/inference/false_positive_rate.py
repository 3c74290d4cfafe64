"""How often the conventional CR1 p-value rejects when there is no effect.

Equal sizes, one adoption date, independent normal contrasts W_g, many persons. With s1, s0 the sums of squared
deviations of the G1 treated and G0 control contrasts, CR1 uses G/(G-1) (s1/G1^2 + s0/G0^2) and t(G-1), while the
coefficient has variance proportional to 1/G1 + 1/G0.
"""

from __future__ import annotations

import numpy as np
from scipy import special, stats

NODES = 200  # Gauss-Jacobi nodes; the integrand is smooth, 200 gives machine precision


def cr1_false_positive_rate(n_municipalities: int, n_treated: int, level: float = 0.95) -> float:
    """Probability that |t_CR1| exceeds its t(G-1) critical value under no effect.

    One treated: 2 P(t(G-2) > crit sqrt(G-2)/(G-1)). Otherwise S = s1 + s0 is sigma^2 chi2(G-2) and independent of
    B = s1/S ~ Beta((G1-1)/2, (G0-1)/2); given B the statistic is a scaled t(G-2), and the mean over B is a
    Gauss-Jacobi sum. Raises ValueError unless 1 <= G1 <= G - 1 and G >= 3.
    """
    g, g1, g0 = n_municipalities, n_treated, n_municipalities - n_treated
    if g < 3 or g1 < 1 or g0 < 1:
        raise ValueError("needs at least three municipalities, one of them treated and one not")
    critical = float(stats.t.ppf((1 + level) / 2, g - 1))
    share, weight = _beta_nodes((g1 - 1) / 2, (g0 - 1) / 2)
    ratio = g / (g - 1) * (g - 2) * (share / g1**2 + (1 - share) / g0**2) / (1 / g1 + 1 / g0)
    return float(np.sum(weight * 2 * stats.t.sf(critical * np.sqrt(ratio), g - 2)))


def _beta_nodes(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of the mean over Beta(a, b); a point where one side has no degrees of freedom."""
    if a == 0 or b == 0:
        return np.array([0.0 if a == 0 else 1.0]), np.ones(1)
    x, weight = special.roots_jacobi(NODES, b - 1, a - 1)
    return (1 + x) / 2, weight / weight.sum()
