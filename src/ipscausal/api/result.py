"""`Result`: an estimate with its inference, as tables, text and figure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from ipscausal.advisor import Advice
from ipscausal.api.notices import notices_of
from ipscausal.api.tables import NUMBERS, TIDY, WHOLE, count, estimate_row, event_row, reference_row
from ipscausal.errors import UsageError
from ipscausal.estimate import Estimate
from ipscausal.inference import (
    Choice,
    Inference,
    Options,
    joint_covariance,
    judge,
    space_time_placebos,
    sup_t_band,
    uniform_band,
)
from ipscausal.language import Catalogue, period_words
from ipscausal.panel import FloatArray
from ipscausal.results import Notice

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


BANDS = {"panel": sup_t_band, "multiplier": uniform_band}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Result:
    """An estimate with its inference.

    inference: one row per coefficient and method, the primary method first; pre_trend: the joint test of the
    coefficients before adoption, primary first (empty for DiD); notices: what the reader must be told.
    Both hold every number; tables and text leave out p and interval of rows that are not identified or known to be
    invalid, unless `show_invalid`.
    """

    estimate: Estimate
    inference: tuple[Inference, ...]
    pre_trend: tuple[Inference, ...]
    notices: tuple[Notice, ...]
    options: Options
    show_invalid: bool = False

    def __repr__(self) -> str:
        """One line; `summary()` tells the numbers."""
        return f"Result({self.estimate.estimator}, {len(self.estimate.terms)} coefficients, {self.estimate.panel!r})"

    @classmethod
    def of(cls, fit: Estimate, options: Options, choice: Choice | Advice | None = None) -> Result:
        """The estimate judged by the methods of the choice, or by those of the decision guide.

        Raises UsageError for a choice that is none.
        """
        if isinstance(choice, Advice):
            choice = choice.choice
        if choice is not None and not isinstance(choice, Choice):
            raise UsageError(f"choice={choice!r} is no choice of methods", remedy="use choice=ips.advise(panel)")
        verdicts = judge(fit, options, choice)
        return cls(fit, verdicts.rows, verdicts.pre_trend, notices_of(fit, verdicts, options.level), options)

    def aggregate(
        self, kind: Any = "simple", *, window: tuple[int, int] | None = None, balance: int | None = None
    ) -> Result:
        """Averages of group-time effects: "simple", by "event" time, by "cohort" or by "calendar" year.

        window: first and last event time; balance: only cohorts seen for so many event times, at each of them.
        Raises UsageError for a result without group-time effects.
        """
        from ipscausal.estimate import aggregate

        return Result.of(aggregate(self.estimate, kind, window=window, balance=balance), self.options)

    @property
    def joint(self) -> tuple[str, FloatArray]:
        """Method and (q, q) covariance of the coefficients, as `joint_covariance` names it."""
        return joint_covariance(self.estimate, self.options)

    @property
    def vcov(self) -> pd.DataFrame:
        """The covariance of `joint` with the names of the coefficients."""
        import pandas as pd

        names = [term.name for term in self.estimate.terms]
        return pd.DataFrame(self.joint[1], index=names, columns=names)

    def primary(self, term: str) -> Inference:
        """The primary row of a coefficient. Raises UsageError for a name that is not in the result."""
        for row in self.inference:
            if row.term == term and row.role == "primary":
                return self._shown(row)
        names = ", ".join(one.name for one in self.estimate.terms)
        raise UsageError(f"no coefficient {term!r}", remedy=f"the coefficients are: {names}")

    def rows(self) -> list[dict[str, Any]]:
        """Coefficients by method, then the joint test, as the table `estimates` has them; missing is None."""
        return [estimate_row(self.estimate, self._shown(row)) for row in (*self.inference, *self.pre_trend)]

    def event_rows(self) -> list[dict[str, Any]]:
        """Event times in order with their primary intervals and the reference: the table `event_study`.

        Raises UsageError for a result without event times.
        """
        fit = self.estimate
        if not self._by_event_time:
            raise UsageError("this result has no event times", remedy=self._how_to_event_times)
        primary = [self.primary(term.name) for term in fit.terms]
        # a band of the method of the intervals, or none: beside those of another it would be a second opinion
        methods = {row.method for row in primary}
        together = BANDS[methods.pop()](fit, self.options) if len(methods) == 1 and methods <= set(BANDS) else None
        bands = [None] * len(primary) if together is None else list(zip(together.low, together.high, strict=True))
        rows = [event_row(fit, *of) for of in zip(primary, fit.terms, bands, strict=True)]
        reference = [] if fit.design.base.event_time is None else [reference_row(fit)]
        return sorted([*rows, *reference], key=lambda row: int(row["event_time"]))

    @property
    def _by_event_time(self) -> bool:
        """One effect for each event time, over all cohorts."""
        return all(term.event_time is not None and term.cohort is None for term in self.estimate.terms)

    @property
    def _how_to_event_times(self) -> str:
        return 'use .aggregate("event")' if self.estimate.share is not None else "use ips.event_study(panel)"

    def tidy(self, *, show_invalid: Literal[True, False] = False) -> pd.DataFrame:
        """One row per coefficient and method, the primary first.

        show_invalid: also give p and interval of rows whose status says that they mean nothing.
        """
        import pandas as pd

        chosen = replace(self, show_invalid=show_invalid or self.show_invalid)
        rows = [estimate_row(self.estimate, chosen._shown(row)) for row in self.inference]
        table = pd.DataFrame(rows, columns=list(TIDY))
        # a column without any number would otherwise hold objects
        return table.astype(dict.fromkeys(NUMBERS, "float64") | dict.fromkeys(WHOLE, "Int64"))

    def glance(self) -> pd.DataFrame:
        """One row about the whole estimation."""
        import pandas as pd

        fit, test = self.estimate, self._shown(self.pre_trend[0]) if self.pre_trend else None
        row = {
            "estimator": fit.estimator, "outcome": fit.panel.outcome, "unit": fit.panel.unit,
            "n_person_years": count(fit.n_observations), "n_municipalities": len(fit.panel.municipality),
            "n_treated": int(fit.panel.treated.sum()),
            "n_clusters": fit.n_clusters, "n_treated_clusters": fit.n_treated_clusters,
            "first_period": fit.panel.period_labels[0], "last_period": fit.panel.period_labels[-1],
            "residual_df": fit.residual_df, "primary_method": self.inference[0].method,
            "pre_trend_method": test.method if test else None, "pre_trend_p": test.p_value if test else None,
            "pre_trend_floor": test.p_floor if test else None, "level": self.options.level,
        }  # fmt: skip
        return pd.DataFrame([row])

    def summary(self) -> str:
        """A short text: coefficients with their primary intervals, rank, joint test and what must be known."""
        words, fit = self._words, self.estimate
        unit = f" ({fit.panel.unit})" if fit.panel.unit else ""
        lines = [
            f"{fit.panel.outcome}{unit}: {words.name_of('estimator', fit.estimator, 'name')}, "
            f"{len(fit.panel.municipality)} municipalities, "
            f"{int(fit.panel.treated.sum())} treated, {_acting(fit)}"
            f"{fit.panel.period_labels[0]} to {fit.panel.period_labels[-1]}"
        ]
        for term in fit.terms:
            lines.append("  " + _sentence(self.primary(term.name)))
        for row in map(self._shown, self.inference):
            if row.role == "companion" and row.conf_low is not None and len(fit.terms) == 1:
                lines.append("  companion: " + _sentence(row))
            if row.rank is not None and len(fit.terms) == 1:
                rank = f"  rank {row.rank} of {row.rank_of} assignments"
                lines.append(f"{rank}, smallest p possible {row.p_floor:.3g} [{row.method}]")
        for row in map(self._shown, self.pre_trend[:1]):
            p = "none" if row.p_value is None else _p(row.p_value)
            floor = f", smallest p possible {row.p_floor:.3g}" if row.p_floor else ""
            lines.append(f"  joint test before adoption: p {p}{floor} [{row.method}, {row.status}]")
        lines += [f"{note.level}: {words.notice(note.code, note.values)}" for note in self.notices]
        return "\n".join(lines)

    def plot(self) -> Figure:
        """Event-study figure, or a forest of effects that are not one for each event time.

        After `infer(..., "space_time")` the contrast among those of all places and shifts.
        """
        from ipscausal import figures

        if len(self.inference) == 1 and self.inference[0].method == "space_time":
            among = self._space_time()
            return figures.placebo(among, figures.space_time_labels(self._words, self.estimate.panel.outcome, among))
        if not self._by_event_time:
            return self._forest()
        rows = self.event_rows()
        outcome, level = self.estimate.panel.outcome, self.options.level
        return figures.event_study(rows, figures.event_study_labels(self._words, outcome, level, rows, self.rows()))

    def _forest(self) -> Figure:
        from ipscausal import figures

        rows = [
            estimate_row(self.estimate, self.primary(term.name)) | {"role": "other"} for term in self.estimate.terms
        ]
        labels = figures.effects_labels(self._words, self.estimate.panel.outcome, self.options.level, rows)
        return figures.forest(rows, labels)

    def _space_time(self) -> list[dict[str, Any]]:
        found = space_time_placebos(self.estimate)
        if found is None:
            raise UsageError("there are no contrasts at other places and years", remedy=self.inference[0].assumptions)
        flat = found.raw.ravel()
        return [{"contrast": float(value), "is_treated": place == 0} for place, value in enumerate(flat)]

    @property
    def _words(self) -> Catalogue:
        return period_words("en", self.estimate.panel.period)

    def _shown(self, row: Inference) -> Inference:
        return row if self.show_invalid else row.hidden


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _sentence(row: Inference) -> str:
    interval = "no interval"
    if row.conf_low is not None and row.conf_high is not None and row.p_value is not None:
        interval = f"{row.level:.0%} interval {row.conf_low:.4g} to {row.conf_high:.4g}, p {_p(row.p_value)}"
    return f"{row.term}: {row.estimate:.4g}; {interval} [{row.method}, {row.status}]"


def _acting(fit: Estimate) -> str:
    """How many units treatment acts on, where these are not the municipalities."""
    if fit.n_clusters == len(fit.panel.municipality):
        return ""
    return f"{fit.n_clusters} clusters, {fit.n_treated_clusters} treated, "
