"""Does the effect differ between subgroups? Effects by level of each dimension, and one test a dimension.

theta: the K effects of a dimension, each estimated on the cells of its level. With C clusters and contributions psi_c,

    V = C / (C - 1) sum_c psi_c psi_c'

holds whatever the levels of a municipality share. It is used with at least five treated clusters and five others behind
every level; with n the smallest of these numbers the test of equal effects is Hotelling's, d = n - 1:
F = W (d - K + 2) / (d (K - 1)), W = (R theta)'(R V R')^-1 R theta, against F(K - 1, d - K + 2).

With fewer, residuals of the treated say nothing. Then the diagonal of V is what `joint_covariance` has for each level
(the panel model where sampling noise is known), and off the diagonal stands what is known of sampling: the persons who
change level (`Subgroups.covariance`). Shocks that levels of one municipality share are left off: they would make the
difference more certain, so W is too small rather than too large; it is held against chi-square, or where noise is not
known against F with the degrees of freedom of a level's variance. The same where there are too many levels for d.

Adjusted p-values, once for all levels and once for all dimensions: Holm, from the p-values as they are; Romano and Wolf
(2005), from how hypotheses move together, by the score bootstrap (Kline and Santos 2012): the contributions of a
cluster take one random sign in all subgroups, and studentised statistics are compared through their ranks, each
hypothesis as extreme as its own p says. The latter where contributions carry every subgroup.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, did
from ipscausal.inference import Inference, Options, apply, guide
from ipscausal.panel import FloatArray, Panel
from ipscausal.sensitivity.subgroup_differences import (
    Basis,
    Contributions,
    adjusted,
    carried,
    differences,
    equality,
    level_covariance,
)
from ipscausal.study import Study
from ipscausal.subgroups import Subgroups

DEFAULT = Options()
EffectOf = Callable[[Panel], Estimate]
Standing = Literal["declared", "exploratory"]
Reason = Literal["", "one level", "no variance"]


@dataclass(frozen=True, slots=True, eq=False)
class LevelEffect:
    """The effect at one level. estimate, row: None where the level does not identify it, `reason` then says why.

    p_holm, p_romano_wolf: over all levels of all dimensions; None where there is none.
    """

    dimension: str
    level: str
    standing: Standing
    estimate: Estimate | None
    row: Inference | None
    reason: str = ""
    p_holm: float | None = None
    p_romano_wolf: float | None = None


@dataclass(frozen=True, slots=True)
class Interaction:
    """The test that the effect is the same at all levels of a dimension.

    levels: those compared. statistic: F or chi-square with df1 (and df2) degrees of freedom, None where not tested and
    `reason` says why. widest: the two levels furthest apart, difference: the effect at the first less that at the
    second, with its standard error. basis: "contributions" or "levels" (see the module).
    """

    dimension: str
    standing: Standing
    levels: tuple[str, ...]
    statistic: float | None = None
    df1: int | None = None
    df2: float | None = None
    p_value: float | None = None
    widest: tuple[str, str] | None = None
    difference: float | None = None
    std_error: float | None = None
    basis: Basis | None = None
    reason: Reason = ""
    p_holm: float | None = None
    p_romano_wolf: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Heterogeneity:
    """Effects by level and one interaction per dimension, in the order given."""

    outcome: str
    unit: str
    estimator: str
    level: float
    effects: tuple[LevelEffect, ...]
    interactions: tuple[Interaction, ...]


def declared_dimensions(study: Study) -> frozenset[str]:
    """Dimensions that a locked plan names; all others are exploratory, those of a draft and of an amended plan too."""
    return frozenset(study.heterogeneity.by if study.study.plan.status == "locked" else ())


def heterogeneity(
    dimensions: Sequence[Subgroups],
    effect_of: EffectOf = did,
    *,
    method: str | None = None,
    declared: Collection[str] = (),
    options: Options = DEFAULT,
) -> Heterogeneity:
    """Effects by subgroup with an estimator of one effect, tested and adjusted.

    method: of inference on each level, by default what the decision guide quotes for it. declared: dimensions of a
    locked plan (`declared_dimensions`). Levels called "unknown" are left out.
    Raises UsageError for an estimator of several effects, no dimension, or one given twice, IdentificationError where
    no level identifies an effect.
    """
    names = [one.dimension for one in dimensions]
    if not names or len(set(names)) < len(names):
        raise UsageError("heterogeneity needs dimensions, each once", remedy=f"given: {', '.join(names) or 'none'}")
    standing: dict[str, Standing] = {name: "declared" if name in declared else "exploratory" for name in names}
    effects = [
        _effect(one, k, effect_of, method, standing[one.dimension], options)
        for one in dimensions
        for k in one.interpreted
    ]
    fits = [effect.estimate for effect in effects if effect.estimate is not None]
    if not fits:
        raise IdentificationError(
            "no level of any dimension identifies an effect",
            problems=tuple(f"{effect.dimension}, {effect.level}: {effect.reason}" for effect in effects),
        )
    contributions = Contributions.of(fits, options)
    position = {id(fit): j for j, fit in enumerate(fits)}
    interactions = []
    draws = []
    for one in dimensions:
        own = [effect for effect in effects if effect.dimension == one.dimension and effect.estimate is not None]
        at = [position[id(effect.estimate)] for effect in own]
        interactions.append(_interaction(one, own, contributions, at, options, standing[one.dimension]))
        draws.append(partial(_draws_of_differences, contributions, at))
    tested = [i for i, found in enumerate(interactions) if found.p_value is not None]
    every = carried(fits)
    by_contributions = every and all(interactions[i].basis == "contributions" for i in tested)
    of_interactions = adjusted(
        [interactions[i].p_value for i in tested], [draws[i] for i in tested] if by_contributions else None,
        contributions.signs,
    )  # fmt: skip
    for i, (by_holm, by_romano_wolf) in zip(tested, of_interactions, strict=True):
        interactions[i] = replace(interactions[i], p_holm=by_holm, p_romano_wolf=by_romano_wolf)
    return Heterogeneity(
        outcome=fits[0].panel.outcome,
        unit=fits[0].panel.unit,
        estimator=fits[0].estimator,
        level=options.level,
        effects=_adjusted_effects(effects, contributions, every),
        interactions=tuple(interactions),
    )


def _adjusted_effects(
    effects: Sequence[LevelEffect], contributions: Contributions, every: bool
) -> tuple[LevelEffect, ...]:
    """Levels that have an effect, adjusted together; every: contributions carry all of them."""
    known = [i for i, effect in enumerate(effects) if effect.estimate is not None]
    draws = [partial(_draws_of_one, contributions, j) for j in range(len(known))]
    rows = [effects[i].row for i in known]
    p = [None if row is None else row.hidden.p_value for row in rows]
    found = dict(zip(known, adjusted(p, draws if every else None, contributions.signs), strict=True))
    return tuple(
        replace(effect, p_holm=found[i][0], p_romano_wolf=found[i][1]) if i in found else effect
        for i, effect in enumerate(effects)
    )


def _draws_of_one(contributions: Contributions, j: int) -> FloatArray:
    return contributions.draws(np.eye(contributions.scores.shape[1])[[j]])


def _draws_of_differences(contributions: Contributions, at: Sequence[int]) -> FloatArray:
    combined = np.zeros((len(at) - 1, contributions.scores.shape[1]))
    combined[:, list(at)] = differences(len(at))
    return contributions.draws(combined)


def _interaction(
    of: Subgroups,
    effects: Sequence[LevelEffect],
    contributions: Contributions,
    at: Sequence[int],
    options: Options,
    standing: Standing,
) -> Interaction:
    levels, fits = tuple(effect.level for effect in effects), [e.estimate for e in effects if e.estimate is not None]
    if len(fits) < 2:
        return Interaction(of.dimension, standing, levels, reason="one level")
    values = np.array([float(fit.coef[0]) for fit in fits])
    positions = [of.levels.index(level) for level in levels]
    covariance = level_covariance(of, positions, fits, contributions.covariance(at), options)
    test = equality(values, covariance)
    if test is None:
        return Interaction(of.dimension, standing, levels, reason="no variance")
    high, low = int(values.argmax()), int(values.argmin())
    matrix = covariance.matrix
    variance = matrix[high, high] + matrix[low, low] - 2 * matrix[high, low]
    statistic, df1, df2, p_value = test
    return Interaction(
        of.dimension, standing, levels, statistic, df1, df2, p_value, (levels[high], levels[low]),
        float(values[high] - values[low]), float(np.sqrt(variance)), covariance.basis,
    )  # fmt: skip


def _effect(
    of: Subgroups, k: int, effect_of: EffectOf, method: str | None, standing: Standing, options: Options
) -> LevelEffect:
    try:
        fit = effect_of(of.panels[k])
    except IdentificationError as reason:
        return LevelEffect(of.dimension, of.levels[k], standing, None, None, reason.message)
    if len(fit.terms) != 1:
        raise UsageError(
            f"{fit.estimator} estimates {len(fit.terms)} effects; one per subgroup is needed",
            remedy='average them first, for instance with aggregate(..., "simple")',
        )
    row = apply(method or guide(fit)[0].primary, fit, options)[0]
    return LevelEffect(of.dimension, of.levels[k], standing, fit, replace(row, role="primary"))
