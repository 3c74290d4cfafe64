"""How often conventional p-values reject when there is no effect: CR1, and CR2 with Satterthwaite's degrees of freedom.

Equal sizes, one adoption date, independent normal contrasts W_g, many persons. With s1, s0 the sums of squared
deviations of the G1 treated and G0 control contrasts, the coefficient has variance proportional to 1/G1 + 1/G0. CR1
uses G/(G-1) (s1/G1^2 + s0/G0^2) and t(G-1); CR2 uses s1/(G1(G1-1)) + s0/(G0(G0-1)) and t with
(1/G1 + 1/G0)^2 / (1/(G1^2 (G1-1)) + 1/(G0^2 (G0-1))) degrees of freedom, an arm of one contributing nothing.

S = s1 + s0 is sigma^2 chi2(G-2) and independent of B = s1/S ~ Beta((G1-1)/2, (G0-1)/2); given B either statistic is a
scaled t(G-2), and the mean over B is a Gauss-Jacobi sum.
"""

from __future__ import annotations

import numpy as np
from scipy import special, stats

NODES = 200  # Gauss-Jacobi nodes; the integrand is smooth, 200 gives machine precision


def cr1_false_positive_rate(n_municipalities: int, n_treated: int, level: float = 0.95) -> float:
    """Probability that |t_CR1| exceeds its t(G-1) critical value under no effect.

    One treated: 2 P(t(G-2) > crit sqrt(G-2)/(G-1)). Raises ValueError unless 1 <= G1 <= G - 1 and G >= 3.
    """
    g = n_municipalities
    treated, control = _arms(g, n_treated)
    return _rate(treated, control, g / (g - 1) / treated**2, g / (g - 1) / control**2, g - 1, level)


def cr2_false_positive_rate(n_municipalities: int, n_treated: int, level: float = 0.95) -> float:
    """Probability that |t_CR2| exceeds the critical value of its Satterthwaite t under no effect.

    One treated: 2 P(t(G-2) > crit / sqrt(G)). Raises ValueError unless 1 <= G1 <= G - 1 and G >= 3.
    """
    treated, control = _arms(n_municipalities, n_treated)
    first, second = _unbiased(treated), _unbiased(control)
    mean = first * (treated - 1) + second * (control - 1)
    df = mean**2 / (first / treated + second / control)
    return _rate(treated, control, first, second, df, level)


def _arms(n_municipalities: int, n_treated: int) -> tuple[int, int]:
    control = n_municipalities - n_treated
    if n_municipalities < 3 or n_treated < 1 or control < 1:
        raise ValueError("needs at least three municipalities, one of them treated and one not")
    return n_treated, control


def _unbiased(n: int) -> float:
    """Factor of an arm's sum of squares in CR2; one municipality shows no spread."""
    return 1 / (n * (n - 1)) if n > 1 else 0.0


def _rate(treated: int, control: int, first: float, second: float, df: float, level: float) -> float:
    """Rejections against t(df) with the variance first x s1 + second x s0."""
    within = treated + control - 2
    share, weight = _beta_nodes((treated - 1) / 2, (control - 1) / 2)
    ratio = within * (first * share + second * (1 - share)) / (1 / treated + 1 / control)
    critical = float(stats.t.ppf((1 + level) / 2, df))
    return float(np.sum(weight * 2 * stats.t.sf(critical * np.sqrt(ratio), within)))


def _beta_nodes(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of the mean over Beta(a, b); a point where one side has no degrees of freedom."""
    if a == 0 or b == 0:
        return np.array([0.0 if a == 0 else 1.0]), np.ones(1)
    x, weight = special.roots_jacobi(NODES, b - 1, a - 1)
    return (1 + x) / 2, weight / weight.sum()
