"""Panels of municipality-year means whose sampling noise is known, and outcomes drawn for them."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ipscausal.inference.shock.grid import correlation
from ipscausal.panel import Panel


def known_noise_panel(
    mean: np.ndarray,
    adoption: list[float],
    size: np.ndarray,
    within: np.ndarray,
    cluster: list[str] | None = None,
    first_year: int = 2010,
) -> Panel:
    """Cells (G, T) with variances of persons inside; size 0 = empty cell; adoption inf = never treated."""
    g, t = mean.shape
    frame = pd.DataFrame(
        {
            "g": np.repeat([f"m{i:03d}" for i in range(g)], t),
            "year": np.tile(np.arange(first_year, first_year + t), g),
            "y": mean.ravel(),
            "first": np.repeat(adoption, t),
            "n": np.broadcast_to(size, (g, t)).ravel(),
            "s2": np.broadcast_to(within, (g, t)).ravel(),
        }
    )
    panel = Panel.from_frame(
        frame, municipality="g", year="year", outcome="y", adoption="first", persons="n", within_variance="s2"
    )
    return panel if cluster is None else replace(panel, cluster=tuple(cluster))


def lognormal_sizes(
    rng: np.random.Generator, municipalities: int, years: int, first: float | None = None
) -> np.ndarray:
    """(G, T) sizes, median 250, 40 to 1500, 10 % variation by year; the first municipality's may be fixed."""
    size = np.exp(np.log(250) + 0.95 * rng.standard_normal(6 * municipalities))
    size = size[(size > 40) & (size < 1500)][:municipalities]
    if first is not None:
        size[0] = first
    return np.asarray(np.round(size[:, None] * np.exp(0.1 * rng.standard_normal((municipalities, years)))))


def drawn_means(
    rng: np.random.Generator, draws: int, noise: np.ndarray, sigma: float, rho: float, effect: np.ndarray | float = 0.0
) -> np.ndarray:
    """(B, G, T) means with AR(1) shocks and sampling noise of variance `noise` (G, T); effect (G, T) is added."""
    g, t = noise.shape
    root = np.linalg.cholesky(correlation(np.array([rho]), np.arange(t))[0])
    shocks = sigma * rng.standard_normal((draws, g, t)) @ root.T
    return np.asarray(np.sqrt(noise) * rng.standard_normal((draws, g, t)) + shocks + effect)
