"""`specification_curve`: the answer over every declared way of asking, as table, text and figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from ipscausal import sensitivity
from ipscausal.advisor import Advice, choose_estimators
from ipscausal.api.result import Result
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate
from ipscausal.estimate.named import average_effect
from ipscausal.inference import Choice, Options
from ipscausal.language import Catalogue, period_words
from ipscausal.panel import Panel
from ipscausal.periods import Period
from ipscausal.sensitivity import Specification, SpecificationCurve

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Specifications:
    """Estimates over the declared alternatives, ordered by size (Simonsohn, Simmons and Nelson 2020)."""

    numbers: SpecificationCurve
    outcome: str
    period: Period = field(default="year", repr=False)

    def tidy(self) -> pd.DataFrame:
        """One row per specification by estimate, a column per dimension of choice; those without an estimate last."""
        import pandas as pd

        rows = [{**asdict(row), **row.choices} for row in self.numbers.rows]
        table = pd.DataFrame(rows).drop(columns="choices")
        return table.astype(dict.fromkeys(["estimate", "conf_low", "conf_high"], "float64"))

    def summary(self) -> str:
        """How many agree with the main specification in sign and in verdict, median and range."""
        words, found = self._words, self.numbers
        t = words.text
        main = next(row for row in found.rows if row.is_main)
        failed = [row.name for row in found.rows if row.estimate is None]
        lines = [
            t("sensitivity.curve.head", count=found.count, of=len(found.rows), main=found.main, estimate=main.estimate),
            t("sensitivity.curve.range", median=found.median, lowest=found.lowest, highest=found.highest),
        ]
        for key, share in (("same_sign", found.same_sign), ("same_verdict", found.same_verdict)):
            if share is not None:
                lines.append(t(f"sensitivity.curve.{key}", share=share))
        if found.unjudged:
            lines.append(t("sensitivity.curve.unjudged", count=found.unjudged))
        if failed:
            lines.append(t("sensitivity.curve.failed", names=failed))
        return "\n  ".join(lines)

    def plot(self) -> Figure:
        """Estimates by size with their intervals, and below what each specification chose."""
        from ipscausal import figures

        rows = [asdict(row) for row in self.numbers.rows]
        labels = figures.specification_labels(self._words, self.outcome, rows, self.numbers.median)
        return figures.specification_curve(rows, labels)

    @property
    def _words(self) -> Catalogue:
        return period_words("en", self.period)


def specification_curve(
    results: Mapping[str, Result | Estimate | None] | Panel,
    choices: Mapping[str, Mapping[str, str]] | None = None,
    *,
    main: str | None = None,
    options: Options = DEFAULT,
    choice: Choice | Advice | None = None,
) -> Specifications:
    """The first effect of every specification, ordered, with the share that agrees with the main one.

    results: name -> result or estimate, None for one that could not be estimated; or a panel: every estimator that fits
    its starting years, by its name. choices: name -> dimension -> what
    was chosen there, the same dimensions for all. main: the main specification, the first by default.
    options, choice: each estimate is judged by its primary method as the guide, or the choice, has it.
    Raises UsageError without results, for choices of unknown names, and for a main one without an estimate.
    """
    if isinstance(results, Panel):
        results = {name: _or_none(name, results) for name in choose_estimators(results).names}
        choices = {name: {"estimator": name} for name in results}
    declared = {} if choices is None else choices
    unknown = sorted(set(declared) - set(results))
    if unknown or not results:
        raise UsageError(
            "choices of specifications that are not there" if unknown else "no specification",
            problems=tuple(unknown), remedy="give every specification its result by name",
        )  # fmt: skip
    fits = {name: one.estimate if isinstance(one, Result) else one for name, one in results.items()}
    judge = sensitivity.primary_judge(options, choice.choice if isinstance(choice, Advice) else choice)
    numbers = sensitivity.specification_curve(
        [Specification(name, declared.get(name, {}), fit) for name, fit in fits.items()], judge, main
    )
    panel = next(fit.panel for name, fit in fits.items() if name == numbers.main and fit is not None)
    return Specifications(numbers, panel.outcome, panel.period)


def _or_none(name: str, panel: Panel) -> Estimate | None:
    try:
        return average_effect(name, panel)
    except IdentificationError:
        return None
