"""How far a p-value from sampled draws may be from the one that all draws would give."""

from __future__ import annotations

from scipy.special import betaincinv


def draws_interval(count: int, draws: int, level: float = 0.95) -> tuple[float, float]:
    """Exact (Clopper-Pearson) interval for the p-value behind `count` exceedances in `draws` independent draws."""
    tail = (1 - level) / 2
    low = betaincinv(count, draws - count + 1, tail) if count > 0 else 0.0
    high = betaincinv(count + 1, draws - count, 1 - tail) if count < draws else 1.0
    return float(low), float(high)
