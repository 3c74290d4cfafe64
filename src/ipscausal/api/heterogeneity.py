"""`heterogeneity` and `municipality_effects`: where the effect is larger, with restraint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from scipy import stats

from ipscausal import sensitivity
from ipscausal.api.tables import count
from ipscausal.errors import UsageError
from ipscausal.estimate.named import Asked, average_effect
from ipscausal.inference import Options
from ipscausal.language import Catalogue, period_words
from ipscausal.panel import Panel
from ipscausal.periods import Period
from ipscausal.sensitivity import Interaction, LevelEffect, declared_dimensions
from ipscausal.study import Study
from ipscausal.subgroups import Subgroups

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

DEFAULT = Options()
Comparison = Literal["never", "not_yet"]
Row = dict[str, Any]
_LEVEL_NUMBERS = (
    "estimate", "std_error", "p_value", "conf_low", "conf_high", "p_holm", "p_romano_wolf", "support_treated",
    "support_control",
)  # fmt: skip
_TEST_NUMBERS = ("statistic", "df2", "p_value", "p_holm", "p_romano_wolf", "difference", "std_error")


@dataclass(frozen=True, slots=True, eq=False)
class SubgroupEffects:
    """Effects by subgroup and their tests; `found` holds every number and estimate behind them."""

    found: sensitivity.Heterogeneity
    period: Period = field(default="year", repr=False)

    def rows(self) -> list[Row]:
        """One row per level, as the table `subgroups` has them; missing is None."""
        return [_level_row(effect) for effect in self.found.effects]

    def test_rows(self) -> list[Row]:
        """One row per dimension: the test that the effect is the same at all its levels."""
        return [_test_row(test) for test in self.found.interactions]

    def tidy(self) -> pd.DataFrame:
        """One row per level of each dimension."""
        import pandas as pd

        return pd.DataFrame(self.rows()).astype(dict.fromkeys(_LEVEL_NUMBERS, "float64") | {"n_treated": "Int64"})

    def tests(self) -> pd.DataFrame:
        """One row per dimension."""
        import pandas as pd

        return pd.DataFrame(self.test_rows()).astype(dict.fromkeys(_TEST_NUMBERS, "float64") | {"df1": "Int64"})

    def summary(self) -> str:
        """Effects by level, the test of each dimension, and how to read them."""
        return summary_of_subgroups(self._words, self)

    def plot(self) -> Figure:
        """A forest: one row per level, those of declared dimensions marked."""
        from ipscausal import figures

        found = self.found
        rows = [row | {"role": "primary" if row["standing"] == "declared" else "other"} for row in self.rows()]
        return figures.forest(rows, figures.subgroups_labels(self._words, found.outcome, found.level, rows))

    @property
    def _words(self) -> Catalogue:
        return period_words("en", self.period)


def heterogeneity(
    subgroups: Subgroups | Sequence[Subgroups],
    estimator: str = "twfe",
    *,
    comparison: Comparison = "never",
    anticipation: int = 0,
    method: str | None = None,
    study: Study | None = None,
    options: Options = DEFAULT,
) -> SubgroupEffects:
    """Effects at every level of one or several dimensions, with a test of equality for each.

    subgroups: as `build_subgroups` gives them. estimator: a name of `ipscausal.estimate.named.ESTIMATORS`, for each
    level alone; comparison, anticipation: what is asked of it. method: of inference on a level, else what the decision
    guide quotes. study: dimensions that its locked plan names are declared; all others are exploratory.
    Raises UsageError for an unknown estimator or no dimension, IdentificationError where no level has an effect.
    """
    given = [subgroups] if isinstance(subgroups, Subgroups) else list(subgroups)
    asked = Asked(comparison=comparison, anticipation=anticipation)
    found = sensitivity.heterogeneity(
        given,
        lambda panel: average_effect(estimator, panel, asked),
        method=method,
        declared=frozenset() if study is None else declared_dimensions(study),
        options=options,
    )
    return SubgroupEffects(found, given[0].panels[0].period)


@dataclass(frozen=True, slots=True, eq=False)
class MunicipalityEffects:
    """Effects by treated municipality, as estimated and drawn towards their mean; `found` holds the numbers."""

    found: sensitivity.MunicipalityEffects
    period: Period = field(default="year", repr=False)

    def rows(self) -> list[Row]:
        """One row per municipality in the order of the panel, as the table `municipality_effects` has them."""
        found, shrunken = self.found, self.found.shrunken
        half = float(stats.norm.ppf((1 + found.level) / 2))
        return [
            {
                "municipality": found.cluster[i],
                "first_treated_year": int(found.adoption[i]),
                "n_persons": count(found.persons[i]),
                "estimate": float(found.estimate[i]),
                "std_error": float(found.std_error[i]),
                "shrunken": float(shrunken.value[i]),
                "shrunken_std_error": float(shrunken.std_error[i]),
                "conf_low": float(shrunken.value[i] - half * shrunken.std_error[i]),
                "conf_high": float(shrunken.value[i] + half * shrunken.std_error[i]),
                "reliability": float(shrunken.reliability[i]),
            }
            for i in range(len(found.cluster))
        ]

    def tidy(self) -> pd.DataFrame:
        """One row per municipality."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def glance(self) -> pd.DataFrame:
        """One row: mean, spread between municipalities with its interval, and the test of equal effects."""
        import pandas as pd

        found, shrunken = self.found, self.found.shrunken
        row = {
            "outcome": found.outcome, "unit": found.unit, "estimator": found.estimator,
            "n_municipalities": len(found.cluster), "mean": shrunken.mean, "mean_std_error": shrunken.mean_std_error,
            "tau": shrunken.tau, "tau_low": shrunken.tau_low, "tau_high": shrunken.tau_high,
            "q": shrunken.heterogeneity, "df": shrunken.df, "p_value": shrunken.p_value,
            "noise_from": found.noise_from, "n_left_out": len(found.left_out), "level": found.level,
        }  # fmt: skip
        return pd.DataFrame([row])

    def summary(self) -> str:
        """Mean and spread, then the municipalities by the size of their effect."""
        return summary_of_municipalities(self._words, self)

    def plot(self) -> Figure:
        """The caterpillar plot."""
        from ipscausal import figures

        found, rows = self.found, self.rows()
        labels = figures.caterpillar_labels(self._words, found.outcome, found.level, rows, found.shrunken.mean)
        return figures.caterpillar(rows, labels)

    @property
    def _words(self) -> Catalogue:
        return period_words("en", self.period)


def municipality_effects(
    panel: Panel,
    estimator: str = "twfe",
    *,
    comparison: Comparison = "never",
    anticipation: int = 0,
    options: Options = DEFAULT,
) -> MunicipalityEffects:
    """The effect in each treated municipality against all that are not treated yet, drawn towards the mean effect.

    estimator: a name of `ipscausal.estimate.named.ESTIMATORS` whose weights come from the design, asked of each treated
    municipality alone; comparison, anticipation: what is asked of it.
    Raises UsageError for another estimator, IdentificationError where fewer than three municipalities have an effect.
    """
    if not isinstance(panel, Panel):
        raise UsageError(f"a {type(panel).__name__} is no panel", remedy="make one with ips.Panel.from_frame")
    asked = Asked(comparison=comparison, anticipation=anticipation)
    found = sensitivity.municipality_effects(
        panel, lambda one: average_effect(estimator, one, asked), anticipation=anticipation, options=options
    )
    return MunicipalityEffects(found, panel.period)


def summary_of_subgroups(words: Catalogue, effects: SubgroupEffects) -> str:
    """The text of `SubgroupEffects.summary` in one language."""
    t, found, lines = words.text, effects.found, [words.raw("heterogeneity.title")]
    for test in effects.test_rows():
        standing = words.raw(f"standing.{test['standing']}")
        named = {"dimension": words.name("dimension", test["dimension"]), "standing": standing}
        if test["p_value"] is None:
            reason = words.raw(f"heterogeneity.reason_{test['reason'].replace(' ', '_')}")
            lines.append(t("heterogeneity.interaction_none", reason=reason, **named))
        else:
            key = "interaction" if test["p_romano_wolf"] is None else "interaction_joint"
            lines.append(t(
                f"heterogeneity.{key}", levels=test["n_levels"], p=test["p_value"], holm=test["p_holm"],
                joint=test["p_romano_wolf"], first=words.name("subgroup", test["largest"]),
                second=words.name("subgroup", test["smallest"]), difference=test["difference"], error=test["std_error"],
                **named,
            ))  # fmt: skip
        own = [row for row in effects.rows() if row["dimension"] == test["dimension"]]
        lines += ["  " + _level_sentence(words, row) for row in own]
    if any(test.basis == "levels" for test in found.interactions):
        lines.append(words.raw("heterogeneity.basis_levels"))
    if any(test.standing == "exploratory" for test in found.interactions):
        lines.append(words.raw("heterogeneity.exploratory"))
    return "\n".join(lines)


def summary_of_municipalities(words: Catalogue, effects: MunicipalityEffects) -> str:
    """The text of `MunicipalityEffects.summary` in one language."""
    t, found, shrunken = words.text, effects.found, effects.found.shrunken
    lines = [
        words.raw("municipality_effects.title"),
        t(
            "municipality_effects.summary", count=len(found.cluster), mean=shrunken.mean, error=shrunken.mean_std_error,
            tau=shrunken.tau, low=shrunken.tau_low, high=shrunken.tau_high, p=shrunken.p_value,
        ),
    ]  # fmt: skip
    for row in sorted(effects.rows(), key=lambda row: row["shrunken"], reverse=True):
        lines.append("  " + t(
            "municipality_effects.row", name=row["municipality"], estimate=row["estimate"], shrunken=row["shrunken"],
            low=row["conf_low"], high=row["conf_high"],
        ))  # fmt: skip
    if found.left_out:
        lines.append(t("municipality_effects.left_out", count=len(found.left_out)))
    if found.noise_from == "never treated":
        lines.append(words.raw("municipality_effects.never_treated"))
    return "\n".join(lines)


def _level_sentence(words: Catalogue, row: Row) -> str:
    name = words.name("subgroup", row["subgroup"])
    if row["estimate"] is None:
        return words.text("heterogeneity.level_missing", name=name, reason=row["reason"])
    if row["conf_low"] is None or row["conf_high"] is None or row["p_value"] is None:
        return words.text("heterogeneity.level_without_interval", name=name, estimate=row["estimate"])
    return words.text(
        "heterogeneity.level", name=name, estimate=row["estimate"], low=row["conf_low"], high=row["conf_high"],
        p=row["p_value"],
    )  # fmt: skip


def _level_row(effect: LevelEffect) -> Row:
    fit, row = effect.estimate, None if effect.row is None else effect.row.hidden
    return {
        "dimension": effect.dimension,
        "subgroup": effect.level,
        "standing": effect.standing,
        "estimate": None if fit is None else float(fit.coef[0]),
        "std_error": None if row is None else row.std_error,
        "p_value": None if row is None else row.p_value,
        "conf_low": None if row is None else row.conf_low,
        "conf_high": None if row is None else row.conf_high,
        "method": None if row is None else row.method,
        "status": "not_identified" if row is None else row.status,
        "p_holm": effect.p_holm,
        "p_romano_wolf": effect.p_romano_wolf,
        "n_treated": None if fit is None else int(fit.n_treated_municipalities[0]),
        "support_treated": None if fit is None else count(fit.support_treated[0]),
        "support_control": None if fit is None else count(fit.support_control[0]),
        "reason": effect.reason,
    }


def _test_row(test: Interaction) -> Row:
    return {
        "dimension": test.dimension,
        "standing": test.standing,
        "n_levels": len(test.levels),
        "statistic": test.statistic,
        "df1": test.df1,
        "df2": test.df2,
        "p_value": test.p_value,
        "p_holm": test.p_holm,
        "p_romano_wolf": test.p_romano_wolf,
        "largest": None if test.widest is None else test.widest[0],
        "smallest": None if test.widest is None else test.widest[1],
        "difference": test.difference,
        "std_error": test.std_error,
        "basis": test.basis,
        "reason": test.reason,
    }
