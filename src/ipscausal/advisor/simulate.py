"""Engine 1: copies of the panel without an effect, drawn from the model that its untreated cells support.

Sizes, empty cells, clusters and adoption dates are those of the panel. Municipality and year effects are left at zero:
every method is invariant to them. Effects are added to the same draws (common random numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ipscausal.advisor.posterior import Posterior
from ipscausal.estimate import Estimate
from ipscausal.inference import Trial
from ipscausal.panel import BoolArray, FloatArray

CHUNK = 250
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """B draws of (sigma, rho, phi), in the order of the standard deviation they give the coefficient.

    sigma, rho, noise: (B,) shock standard deviation, correlation, and standard deviation of the sampling noise relative
    to `root`; index: (B,) standard deviation of the coefficient. root: (G, T, T) with root root' = sampling covariance.
    """

    sigma: FloatArray
    rho: FloatArray
    noise: FloatArray
    index: FloatArray
    root: FloatArray
    seeds: tuple[np.random.SeedSequence, ...]


def world(shocks: Posterior, draws: int, seed: int) -> World:
    """`draws` points of the posterior at equal steps of probability, and a seed for each chunk of data sets."""
    own, *chunks = np.random.SeedSequence(seed).spawn(1 + -(-draws // CHUNK))
    rng = np.random.default_rng(own)
    point = shocks.points(draws, rng)
    values, vectors = np.linalg.eigh(shocks.sampling)
    root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    noise = np.sqrt(shocks.phi[point])
    return World(shocks.sigma[point], shocks.rho[point], noise, shocks.index[point], root, tuple(chunks))


def outcomes(estimate: Estimate, drawn: World, chunk: int) -> FloatArray:
    """(B, G, T) means of one chunk of data sets without an effect, 0 in empty cells."""
    cells, rng = estimate.cells, np.random.default_rng(drawn.seeds[chunk])
    rows = slice(chunk * CHUNK, (chunk + 1) * CHUNK)
    sigma, rho, noise = drawn.sigma[rows], drawn.rho[rows], drawn.noise[rows]
    g, t = cells.weight.shape
    shock = rng.normal(size=(len(sigma), estimate.n_clusters, t))
    for year in range(1, t):
        carried = (rho ** float(cells.years[year] - cells.years[year - 1]))[:, None]
        shock[:, :, year] = carried * shock[:, :, year - 1] + np.sqrt(1 - carried**2) * shock[:, :, year]
    sampling = np.einsum("gts,bgs->bgt", drawn.root, rng.normal(size=(len(sigma), g, t)), optimize=True)
    means = sigma[:, None, None] * shock[:, estimate.cluster_of] + noise[:, None, None] * sampling
    return np.asarray(means * cells.observed)


@dataclass(frozen=True, slots=True, eq=False)
class Rejections:
    """null: method -> (B,) rejected without an effect; found: method -> (E, P) rejected with each effect.

    effects: (E,); P of the draws were used for power, evenly over the posterior. Without a p-value nothing is rejected;
    undefined: methods that gave none at all.
    """

    null: Mapping[str, BoolArray]
    effects: FloatArray
    found: Mapping[str, BoolArray]
    undefined: frozenset[str]


def rejections(
    estimate: Estimate,
    j: int,
    drawn: World,
    trials: Mapping[str, Trial],
    effects: FloatArray,
    alpha: float,
    *,
    power_every: int = 4,
    threads: int = 1,
    progress: Progress | None = None,
) -> Rejections:
    """Run every trial on every data set. power_every: power is taken from every so-manieth draw.

    The result does not depend on `threads`: each chunk has a seed of its own.
    """
    cells = estimate.cells
    reached = estimate.design.focus(cells.event_time, cells.adoption)[j] & cells.observed

    def one(chunk: int) -> dict[str, tuple[FloatArray, FloatArray]]:
        means = outcomes(estimate, drawn, chunk)
        some = means[::power_every]
        with_effect = [some + effect * reached for effect in effects]
        return {
            name: (trial(means), np.array([trial(moved) for moved in with_effect]).reshape(len(effects), len(some)))
            for name, trial in trials.items()
        }

    done: list[dict[str, tuple[FloatArray, FloatArray]]] = []
    total = len(drawn.sigma)
    for result in _in_order(one, len(drawn.seeds), threads):
        done.append(result)
        if progress is not None:
            progress(min(len(done) * CHUNK, total), total)
    p = {name: np.concatenate([part[name][0] for part in done]) for name in trials}
    moved = {name: np.concatenate([part[name][1] for part in done], axis=1) for name in trials}
    return Rejections(
        {name: values < alpha for name, values in p.items()},
        effects,
        {name: values < alpha for name, values in moved.items()},
        frozenset(name for name, values in p.items() if np.isnan(values).all()),
    )


def _in_order(work: Callable[[int], dict], chunks: int, threads: int) -> Iterator[dict]:
    if threads == 1:
        yield from map(work, range(chunks))
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(work, range(chunks))
