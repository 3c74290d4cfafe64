"""How far a p-value from sampled draws may be from the one that all draws would give."""

from __future__ import annotations

from scipy import stats


def draws_interval(count: int, draws: int, level: float = 0.95) -> tuple[float, float]:
    """Exact (Clopper-Pearson) interval for the p-value behind `count` exceedances in `draws` independent draws."""
    interval = stats.binomtest(count, draws).proportion_ci(level, method="exact")
    return float(interval.low), float(interval.high)
