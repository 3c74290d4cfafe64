"""Synthetic control and synthetic difference-in-differences with inference, and all that they are made of."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ipscausal.advisor import Advice
from ipscausal.api.result import Result
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, aggregate
from ipscausal.estimate.aggregate import Kind
from ipscausal.estimate.synthetic import (
    Counterfactual,
    SyntheticControl,
    SyntheticDid,
    SyntheticFit,
    placebo_fits,
)
from ipscausal.estimate.synthetic.group_time import effects_of
from ipscausal.inference import Choice, Options
from ipscausal.language import Language, period_words
from ipscausal.panel import Panel

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

DEFAULT = Options()
NAMED = 5
"""Donors that a summary names."""
CARRIES = 1e-6
"""Weights below are rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticResult:
    """A synthetic comparison. result: the average effect with its inference; effects: by cohort and year.

    fit: weights, paths and pre-fit, one part for each adoption date or treated municipality. estimator: the options.
    """

    result: Result
    effects: Estimate
    fit: SyntheticFit
    estimator: SyntheticDid | SyntheticControl

    @property
    def estimate(self) -> Estimate:
        """The average effect over treated municipality-years."""
        return self.result.estimate

    def aggregate(self, kind: Kind = "event", **asked: Any) -> Result:
        """Effects by "event" time (pre-fit included), "cohort" or "calendar" year, with their inference.

        asked: `window` and `balance`, as of `Result.aggregate`.
        """
        return Result.of(aggregate(self.effects, kind, **asked), self.result.options)

    def tidy(self, *, show_invalid: Literal[True, False] = False) -> pd.DataFrame:
        """The average effect, one row per method, as `Result.tidy`."""
        return self.result.tidy(show_invalid=show_invalid)

    def weights(self) -> pd.DataFrame:
        """Donor weights: cohort, treated (codes), municipality, weight; the largest first in each part."""
        import pandas as pd

        rows = [
            {**self._of(part), "municipality": code, "weight": weight}
            for part in self.fit.parts
            for code, weight in self.fit.donor_weights(part).items()
        ]
        return pd.DataFrame(rows)

    def paths(self) -> pd.DataFrame:
        """Cohort, treated, year, observed, synthetic, gap, year_weight (of the baseline), is_before, is_after."""
        import pandas as pd

        return pd.DataFrame([row for part in self.fit.parts for row in self._path(part)])

    def fits(self) -> pd.DataFrame:
        """One row per part: effect, pre-fit (rmspe_before), rmspe_after, effective_donors, penalties."""
        import pandas as pd

        numbers = (
            "effect", "rmspe_before", "rmspe_after", "effective_donors", "donor_ridge", "year_ridge", "bias_ridge"
        )  # fmt: skip
        rows = [self._of(part) | {name: getattr(part, name) for name in numbers} for part in self.fit.parts]
        return pd.DataFrame(rows).astype({"bias_ridge": "float64"})

    def placebos(self) -> pd.DataFrame:
        """Treated municipalities and their donors in their place, by the ratio of the gap after to that before.

        Columns of `PlaceboFit`, treated, and p = rank / municipalities ranked, of the treated one. Parts of several
        treated municipalities are averages, which no donor can stand for, and are left out; raises UsageError where
        there is no other.
        """
        import pandas as pd

        alone = [part for part in self.fit.parts if len(part.arm.treated) == 1]
        if not alone:
            raise UsageError(
                "every part is the mean of several treated municipalities",
                remedy="use ips.synthetic_control, which fits each, or the rank of the average effect in tidy()",
            )
        rows = []
        for part in alone:
            treated, ranked = self._of(part)["treated"], placebo_fits(self.fit, part, self.estimator.fit)
            for row in ranked:
                p = row.rank / len(ranked) if row.is_treated else None
                rows.append({"treated": treated, **asdict(row), "p": p})
        return pd.DataFrame(rows).astype({"p": "float64"})

    def leave_one_out(self) -> pd.DataFrame:
        """The average effect without each donor that carries weight, fitted again; by how far it moves."""
        import pandas as pd

        panel, full = self.fit.arms.panel, float(self.estimate.coef[0])
        largest: dict[str, float] = {}
        for part in self.fit.parts:
            for code, weight in self.fit.donor_weights(part).items():
                largest[code] = max(largest.get(code, 0.0), abs(weight))
        rows = []
        for code, weight in largest.items():
            if weight <= CARRIES:
                continue
            try:
                again = self.estimate.refit(panel.select(np.array(panel.municipality) != code))
            except IdentificationError:
                continue
            value = float(again.coef[0])
            rows.append({"left_out": code, "weight": weight, "estimate": value, "change": value - full})
        table = pd.DataFrame(rows, columns=["left_out", "weight", "estimate", "change"])
        return table.sort_values("change", key=np.abs, ascending=False, ignore_index=True)

    def summary(self) -> str:
        """The average effect with its inference, and for each part how well it fits and of whom it is made."""
        words, lines = period_words("en", self.fit.arms.panel.period), [self.result.summary()]
        for part in self.fit.parts:
            weights = self.fit.donor_weights(part)
            carrying = {code: weight for code, weight in weights.items() if abs(weight) > CARRIES}
            named = [
                words.text("synthetic.donor", code=code, weight=weight) for code, weight in [*carrying.items()][:NAMED]
            ]
            lines.append(
                words.text(
                    "synthetic.part", treated=list(self.fit.treated_names(part)), cohort=part.arm.cohort,
                    before=part.rmspe_before, after=part.rmspe_after, count=len(carrying),
                    effective=part.effective_donors, donors=named,
                )
            )  # fmt: skip
        lines += [
            words.text(f"synthetic.{reason}", count=len(self.fit.arms.left_out[reason]))
            for reason in ("incomplete", "too_few_years_before")
            if reason in self.fit.arms.left_out
        ]
        return "\n".join(lines)

    def plot(self, part: int = 0, language: Language = "en") -> Figure:
        """The treated and their synthetic comparison, and the weights of the donors; part: position in `fits()`."""
        from ipscausal import figures

        if not 0 <= part < len(self.fit.parts):
            raise UsageError(f"there is no part {part}", remedy=f"0 to {len(self.fit.parts) - 1}, the rows of fits()")
        chosen = self.fit.parts[part]
        path = self._path(chosen)
        donors = [
            {"municipality": code, "weight": weight}
            for code, weight in self.fit.donor_weights(chosen).items()
            if abs(weight) > CARRIES
        ]
        outcome = self.fit.arms.panel.outcome
        labels = figures.synthetic_labels(
            period_words(language, self.fit.arms.panel.period),
            self.fit.estimator,
            outcome,
            path,
            donors,
            len(chosen.arm.treated),
        )
        return figures.synthetic(path, donors, labels)

    def _of(self, part: Counterfactual) -> dict[str, Any]:
        return {"cohort": part.arm.cohort, "treated": ", ".join(self.fit.treated_names(part))}

    def _path(self, part: Counterfactual) -> list[dict[str, Any]]:
        columns = (self.fit.years, part.observed, part.synthetic, part.gap, part.year_weight, part.arm.before,
                   part.arm.after)  # fmt: skip
        return [
            self._of(part) | {
                "year": int(year), "observed": float(observed), "synthetic": float(synthetic), "gap": float(gap),
                "year_weight": float(weight), "is_before": bool(before), "is_after": bool(after),
            }
            for year, observed, synthetic, gap, weight, before, after in zip(*columns, strict=True)
        ]  # fmt: skip


def synthetic_did(
    panel: Panel, *, options: Options = DEFAULT, choice: Choice | Advice | None = None, **asked: Any
) -> SyntheticResult:
    """Synthetic difference-in-differences with placebo inference corrected for size.

    asked: fields of `ipscausal.estimate.synthetic.SyntheticDid` (anticipation, average, donor_weights, year_weights,
    noise, solver). options, choice: as of `did`.
    Raises IdentificationError without two donors or two years before adoption, UsageError for unknown options.
    """
    return _result(SyntheticDid, panel, options, choice, asked)


def synthetic_control(
    panel: Panel, *, options: Options = DEFAULT, choice: Choice | Advice | None = None, **asked: Any
) -> SyntheticResult:
    """Synthetic control with placebo inference corrected for size.

    asked: fields of `ipscausal.estimate.synthetic.SyntheticControl` (covariates, level, bias_correction, anticipation,
    average, solver). options, choice: as of `did`. Raises as `synthetic_did`.
    """
    return _result(SyntheticControl, panel, options, choice, asked)


def _result(
    kind: type[SyntheticDid] | type[SyntheticControl],
    panel: Panel,
    options: Options,
    choice: Choice | Advice | None,
    asked: dict[str, Any],
) -> SyntheticResult:
    if not isinstance(panel, Panel):
        raise UsageError(f"a {type(panel).__name__} is no panel", remedy="make one with ips.Panel.from_frame")
    known = kind.__dataclass_fields__
    if unknown := sorted(set(asked) - set(known)):
        raise UsageError(f"no option {unknown[0]!r}", remedy=f"options: {', '.join(known)}, options, choice")
    estimator = kind(**asked)
    fit = estimator.fit(panel)
    effects = effects_of(fit, estimator)
    return SyntheticResult(Result.of(aggregate(effects, "simple"), options, choice), effects, fit, estimator)
