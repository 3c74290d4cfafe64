"""Two-way fixed effects taken apart, as tables, text and figures."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ipscausal import estimate as estimators
from ipscausal.errors import UsageError
from ipscausal.estimate import Bacon, TwfeWeights
from ipscausal.language import Catalogue, period_words
from ipscausal.panel import Panel
from ipscausal.periods import Period, label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

NAMED = 5
"""Cells of negative weight that a summary names."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """The comparisons behind the coefficient of two-way fixed effects (Goodman-Bacon 2021)."""

    numbers: Bacon
    period: Period = field(default="year", repr=False)

    def tidy(self) -> pd.DataFrame:
        """One row per comparison: treated and control cohort, kind, estimate, weight, periods, municipalities."""
        import pandas as pd

        table = pd.DataFrame([asdict(row) for row in self.numbers.comparisons])
        for name in ("years_before", "years_after"):
            table[name] = [self._span(first, last) for first, last in table[name]]
        return table.astype({"control": "Int64"})

    def summary(self) -> str:
        """The coefficient, the weight and average of each kind of comparison, and what was averaged or left out."""
        words, found = self._words, self.numbers
        t = words.text
        lines = [
            t("decomposition.bacon.head", outcome=_outcome(found.outcome, found.unit),
              coefficient=found.coefficient, count=len(found.comparisons)),
        ]  # fmt: skip
        for kind in found.kinds:
            name = words.raw(f"decomposition.kind.{kind.kind}")
            key = "decomposition.bacon.kind" if kind.count else "decomposition.bacon.none"
            lines.append("  " + t(key, kind=name, share=kind.weight, count=kind.count, estimate=kind.estimate))
        if any(kind.kind == "later_earlier" and kind.count for kind in found.kinds):
            lines.append(words.raw("decomposition.bacon.forbidden"))
        if found.weighting == "averaged":
            lines.append(t("decomposition.bacon.averaged", twfe=found.twfe))
        for reason in ("unbalanced", "always_treated"):
            if codes := found.left_out.get(reason):
                lines.append(t(f"decomposition.bacon.{reason}", count=len(codes), twfe=found.twfe))
        return "\n".join(lines)

    def plot(self) -> Figure:
        """Estimates of the comparisons over their weights."""
        from ipscausal import figures

        rows, found = [asdict(row) for row in self.numbers.comparisons], self.numbers
        labels = figures.bacon_labels(self._words, found.outcome, found.coefficient, rows)
        return figures.bacon(rows, found.coefficient, labels)

    def _span(self, first: int, last: int) -> str:
        ends = label(first, self.period), label(last, self.period)
        return ends[0] if first == last else "-".join(ends)

    @property
    def _words(self) -> Catalogue:
        return period_words("en", self.period)


@dataclass(frozen=True, slots=True, eq=False)
class CellWeights:
    """The weights of two-way fixed effects on treated cells (de Chaisemartin and D'Haultfoeuille 2020)."""

    numbers: TwfeWeights
    period: Period = field(default="year", repr=False)

    def tidy(self, *, by: Literal["cell", "cohort"] = "cell") -> pd.DataFrame:
        """One row per treated municipality and year, or per cohort and year. Raises UsageError for another `by`."""
        import pandas as pd

        if by == "cohort":
            return pd.DataFrame(self._cohorts())
        if by != "cell":
            raise UsageError(f"by={by!r} is not known", remedy='use "cell" or "cohort"')
        found = self.numbers
        g, t = np.nonzero(np.isfinite(found.weight))
        return pd.DataFrame(
            {
                "municipality": np.array(found.municipality, dtype=object)[g],
                "cohort": found.adoption[g].astype(np.int64),
                "year": found.years[t],
                "weight": found.weight[g, t],
                "share": found.share[g, t],
            }
        )

    def summary(self) -> str:
        """The coefficient, negative weights by name, and how far effects must differ to turn the result."""
        words, found = self._words, self.numbers
        t = words.text
        lines = [
            t("decomposition.weights.head", outcome=_outcome(found.outcome, found.unit),
              coefficient=found.coefficient, cells=found.n_treated_cells),
            self._sentence(words),
        ]  # fmt: skip
        for municipality, year, weight in found.negative[:NAMED]:
            lines.append("  " + t("decomposition.weights.cell", municipality=municipality, year=year, weight=weight))
        if found.n_negative > NAMED:
            lines.append("  " + t("decomposition.weights.more", count=found.n_negative - NAMED))
        finite = np.isfinite(found.sigma_zero)
        lines.append(t(f"decomposition.weights.{'zero' if finite else 'alike'}", sigma=found.sigma_zero))
        if np.isfinite(found.sigma_reversed):
            lines.append(t("decomposition.weights.reversed", sigma=found.sigma_reversed))
        if codes := found.left_out.get("always_treated"):
            lines.append(t("decomposition.bacon.always_treated", count=len(codes)))
        return "\n".join(lines)

    def plot(self) -> Figure:
        """Weights by cohort and calendar year."""
        from ipscausal import figures

        words = self._words
        return figures.twfe_weights(
            self._cohorts(), figures.weights_labels(words, self._cohorts(), self._sentence(words))
        )

    def _cohorts(self) -> list[dict[str, Any]]:
        return [asdict(row) for row in self.numbers.cohorts]

    def _sentence(self, words: Catalogue) -> str:
        found = self.numbers
        if not found.n_negative:
            return words.raw("decomposition.weights.positive")
        return words.text("decomposition.weights.negative", count=found.n_negative, total=found.sum_negative)

    @property
    def _words(self) -> Catalogue:
        return period_words("en", self.period)


def bacon(panel: Panel) -> Comparisons:
    """Every comparison of two cohorts behind `did(panel)` with its weight, estimate and kind.

    Rules for sizes that change and for empty years stand at `ipscausal.estimate.bacon`.
    Raises IdentificationError if nothing can be compared.
    """
    return Comparisons(estimators.bacon(panel), panel.period)


def twfe_weights(panel: Panel, *, anticipation: int = 0) -> CellWeights:
    """The weight of every treated municipality and year in `did(panel)`, the negative ones named.

    Raises IdentificationError as `did`.
    """
    return CellWeights(estimators.twfe_weights(panel, anticipation=anticipation), panel.period)


def _outcome(outcome: str, unit: str) -> str:
    return f"{outcome} ({unit})" if unit else outcome
