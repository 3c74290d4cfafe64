"""Simulated designs in which the size and power of methods are known to differ: who is treated, how large, how noisy.

Cells only. Sizes n are lognormal (median 250, log-sd .95, between 40 and 1,500) and vary by 10 % a year; persons have
a standard deviation of 85 around 60; the variances inside cells that the methods see are chi-square draws. Municipality
shocks follow a stationary AR(1). Between 9 and 12 years, 4 of them after adoption.
"""

from dataclasses import dataclass

import numpy as np

from ipscausal.panel import FloatArray, Panel

PERSON_SD, MEAN, YEARS_AFTER = 85.0, 60.0, 4
FIRST_YEAR = 2001


@dataclass(frozen=True)
class Column:
    """One column of a table: `sd` and `rho` of the shocks; treated: how many of `g`; size: persons of the treated.

    stress: how shocks depart from equal sd and independence (see `shocks`). effect: size of effect for power.
    """

    name: str
    g: int
    treated: int
    sd: float
    rho: float
    size: int | None = None
    stress: str = ""
    effect: float = 5.6


@dataclass(frozen=True)
class Design:
    """One draw of sizes, years and treated: panel (means are zero), sizes (G, T), region (G,), column."""

    column: Column
    panel: Panel
    sizes: FloatArray
    region: np.ndarray


def _one_of_eleven() -> list[Column]:
    random = [(0, 0), (1, 0.4), (2, 0), (2, 0.4), (2, 0.8), (4, 0), (4, 0.4), (4, 0.8)]
    by_size = [(n, sd, rho) for n in (80, 250, 1050) for sd, rho in ((0, 0), (2, 0.4), (4, 0.4), (4, 0.8))]
    stress = [(kind, sd) for kind in ("hetero", "small-noisier", "regional", "treated-noisier") for sd in (2, 4)]
    return [
        *(Column(f"1 of 11, sd {sd}, rho {rho}", 11, 1, sd, rho) for sd, rho in random),
        *(Column(f"1 of 11, n = {n}, sd {sd}, rho {rho}", 11, 1, sd, rho, size=n) for n, sd, rho in by_size),
        *(Column(f"1 of 11, {kind}, sd {sd}, rho 0.4", 11, 1, sd, 0.4, stress=kind) for kind, sd in stress),
    ]


def _others() -> list[Column]:
    donors = [(g, sd) for g in (31, 101) for sd in (2, 4)]
    several = [(11, 2), (11, 3), (30, 5)]
    shocks = [(0, 0), (2, 0.4), (4, 0.8)]
    return [
        *(Column(f"1 of {g}, n = 1050, sd {sd}, rho 0.4", g, 1, sd, 0.4, size=1050) for g, sd in donors),
        *(Column(f"{k} of {g}, sd {sd}, rho {rho}", g, k, sd, rho) for g, k in several for sd, rho in shocks),
        *(Column(f"30 of 350 staggered, sd {sd}, rho {rho}", 350, 30, sd, rho, effect=1.5) for sd, rho in shocks),
    ]


COLUMNS = (*_one_of_eleven(), *_others())


def design(column: Column, rng: np.random.Generator) -> Design:
    """One draw of everything but the outcomes."""
    g, t = column.g, int(rng.integers(9, 13))
    base = np.empty(0)
    while len(base) < g:
        drawn = rng.lognormal(np.log(250), 0.95, 4 * g)
        base = np.concatenate([base, drawn[(drawn >= 40) & (drawn <= 1500)]])[:g]
    treated = rng.permutation(g)[: column.treated]
    if column.size is not None:
        base[treated] = column.size
    sizes = np.maximum(np.round(base[:, None] * np.exp(rng.normal(0, 0.1, (g, t)))), 20.0)
    starts = FIRST_YEAR + t - YEARS_AFTER - (np.arange(column.treated) % 3 if column.treated > 5 else 0)
    adoption = np.full(g, np.inf)
    adoption[treated] = starts
    within = PERSON_SD**2 * rng.chisquare(sizes - 1) / (sizes - 1)
    codes = tuple(f"{i:04d}" for i in range(g))
    panel = Panel(
        municipality=codes, years=np.arange(FIRST_YEAR, FIRST_YEAR + t), adoption=adoption, outcome="workdays",
        unit="days", weighting="persons", weight=sizes, persons=sizes, y=np.zeros((g, t)), yy=within * (sizes - 1),
        covariates=(), x=np.zeros((g, t, 0)), xx=np.zeros((g, t, 0, 0)), xy=np.zeros((g, t, 0)), cluster=codes,
        within_variance=within,
    )  # fmt: skip
    return Design(column, panel, sizes, rng.integers(0, 3, g))


def outcomes(draw: Design, sets: int, rng: np.random.Generator) -> FloatArray:
    """(sets, G, T) cell means without an effect."""
    g, t = draw.sizes.shape
    noise = rng.normal(0, PERSON_SD, (sets, g, t)) / np.sqrt(draw.sizes)
    return np.asarray(MEAN + noise + shocks(draw, sets, rng))


def shocks(draw: Design, sets: int, rng: np.random.Generator) -> FloatArray:
    """(sets, G, T) municipality-year shocks, stationary AR(1).

    hetero: sd of each municipality times exp(.5 z). small-noisier: sd times (250 / n)^(1/4). regional: half of the
    variance is common to one of three regions. treated-noisier: sd of the treated doubled.
    """
    column, (g, t) = draw.column, draw.sizes.shape
    sd = np.full(g, float(column.sd))
    if column.stress == "hetero":
        sd = sd * np.exp(0.5 * rng.normal(size=g))
    elif column.stress == "small-noisier":
        sd = sd * (250 / draw.sizes.mean(axis=1)) ** 0.25
    elif column.stress == "treated-noisier":
        sd = np.where(draw.panel.treated, 2 * sd, sd)
    own = _ar1(rng.normal(size=(sets, g, t)), column.rho)
    if column.stress == "regional":
        common = _ar1(rng.normal(size=(sets, 3, t)), column.rho)
        own = np.sqrt(0.5) * own + np.sqrt(0.5) * common[:, draw.region]
    return np.asarray(sd[:, None] * own)


def _ar1(innovation: FloatArray, rho: float) -> FloatArray:
    out = innovation.copy()
    for t in range(1, innovation.shape[-1]):
        out[..., t] = rho * out[..., t - 1] + np.sqrt(1 - rho**2) * innovation[..., t]
    return out
