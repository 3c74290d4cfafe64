"""The public calls before an estimate is quoted: `advise`, `calibrate` and `power`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from ipscausal import advisor
from ipscausal.advisor import DRAWS, Advice, Power
from ipscausal.advisor.calibration import POWER as TARGET
from ipscausal.advisor.power import Counts, Numbers
from ipscausal.api.result import Result
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.inference import CONVENTIONAL, Options
from ipscausal.language import period_words
from ipscausal.panel import Panel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Calibration(advisor.Calibration):
    """`ipscausal.advisor.Calibration` that can draw itself. effect: the size that power is drawn at, or None."""

    effect: float | None = None

    def plot(self) -> Figure:
        """False-positive rates with their plausible ranges, and power at `effect` where one is known."""
        from ipscausal import figures

        rows = [row | {"role": _role(row["method"])} for row in self.records(self.effect)]
        labels = figures.calibration_labels(period_words("en", self.period), self.outcome, self.level, rows)
        return figures.calibration(rows, labels)


def advise(
    subject: Panel | Result,
    *,
    draws: int = DRAWS,
    level: float | None = None,
    seed: int | None = None,
    anticipation: int | None = None,
    primary: str | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Advice:
    """The choice of methods for a panel, before its outcomes after adoption are looked at.

    Use it as `did(panel, choice=advise(panel).choice)`. Outcomes of the treated from adoption on are masked: changing
    them changes neither choice nor digest. primary: a method fixed beforehand, which is then calibrated and not chosen.
    draws = 0: no calibration, the decision guide chooses from counts. level, seed, anticipation: as in a `Result` given
    as subject, else the package's. progress is told (done, total) data sets.
    Raises UsageError for an unknown method, IdentificationError as `did`.
    """
    panel, options, ahead = _subject(subject, level, seed, anticipation)
    return advisor.advise(
        panel, draws=draws, options=options, anticipation=ahead, primary=primary, threads=threads, progress=progress
    )


def calibrate(
    subject: Panel | Result,
    methods: Sequence[str] | None = None,
    *,
    draws: int = DRAWS,
    level: float | None = None,
    seed: int | None = None,
    effects: Sequence[float] | None = None,
    anticipation: int | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Calibration:
    """How often methods reject on panels like this one without an effect, and how often they find one.

    methods: names of `ipscausal.inference.METHODS`, those of the decision guide unless given. effects: sizes at which
    power is simulated, in the outcome's unit. The estimate of a `Result` given as subject is the size that power is
    drawn at. Other arguments as in `advise`.
    Raises UsageError for unknown methods and too few draws, IdentificationError as `did` and where untreated cells are
    too few to judge municipality shocks by.
    """
    panel, options, ahead = _subject(subject, level, seed, anticipation)
    found = advisor.calibrate(
        advisor.basis(panel, ahead), methods, draws=draws, options=options, effects=effects, threads=threads,
        progress=progress,
    )  # fmt: skip
    effect = float(subject.estimate.coef[0]) if isinstance(subject, Result) else None
    return Calibration(**{field.name: getattr(found, field.name) for field in fields(found)}, effect=effect)


def power(
    subject: Panel | Result | None = None,
    *,
    treated: Counts,
    controls: Counts,
    years_before: Counts,
    years_after: Counts,
    persons: Numbers,
    person_sd: Numbers,
    shock_sd: Numbers | None = None,
    rho: Numbers | None = None,
    method: str | None = None,
    draws: int = 1000,
    level: float = 0.95,
    target: float = TARGET,
    seed: int = 20261121,
) -> Power:
    """Minimum detectable effects of every combination of the numbers given, before data are bought.

    Counts of municipalities and years, persons a year and municipality, standard deviation of persons; of
    municipality-year shocks the standard deviation and the correlation between neighbouring years, or a panel as
    subject whose untreated cells tell them. method: one that is simulated besides, with so many draws.
    Raises UsageError for numbers that make no design, and for shocks given twice or not at all.
    """
    belief = None
    if subject is not None:
        panel, _, ahead = _subject(subject, None, None, None)
        known = advisor.basis(panel, ahead)
        if known.shocks is None:
            raise IdentificationError(known.lacking, remedy="give shock_sd and rho")
        belief = advisor.belief_of(known.shocks)
    return advisor.power(
        treated=treated, controls=controls, years_before=years_before, years_after=years_after, persons=persons,
        person_sd=person_sd, shock_sd=shock_sd, rho=rho, belief=belief, method=method, draws=draws, level=level,
        target=target, seed=seed,
    )  # fmt: skip


def _subject(
    subject: Panel | Result, level: float | None, seed: int | None, anticipation: int | None
) -> tuple[Panel, Options, int]:
    if isinstance(subject, Panel):
        panel, options, ahead = subject, Options(), 0
    else:
        if len(subject.estimate.terms) != 1:
            raise UsageError("an event study has many effects; the average effect is calibrated", remedy="use ips.did")
        panel, options, ahead = subject.estimate.panel, subject.options, subject.estimate.design.anticipation
    options = replace(
        options,
        level=options.level if level is None else level,
        seed=options.seed if seed is None else seed,
    )
    return panel, options, ahead if anticipation is None else anticipation


def _role(method: str) -> str:
    return "conventional" if method == CONVENTIONAL else "other"
