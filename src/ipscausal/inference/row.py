"""One number with its uncertainty, in the form every method returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from scipy import special

Status = Literal["ok", "conservative", "cannot_reject", "not_identified", "known_invalid"]
Role = Literal["primary", "companion", "other", "conventional"]
FEW_TREATED = 5  # with fewer treated clusters residual-based cluster-robust inference is not usable


def unreachable(p_floor: float, level: float) -> bool:
    """Whether a test whose smallest p-value is `p_floor` cannot reject at 1 - level, up to rounding."""
    return p_floor > 1 - level + 1e-12


@dataclass(frozen=True, slots=True)
class Inference:
    """Inference on one coefficient by one method; None where a method does not give a number.

    statistic, std_error, df, p_value, interval at `level`; p_floor: smallest p the method can attain.
    small_sample: the small-sample factor in words; assumptions: a sentence.
    rank of rank_of: assignments with a statistic at least as large, and all assignments counted.
    draws, seed, p_monte_carlo (95 % interval of p): where the distribution was sampled.
    n_dropped: municipalities without the cells this method needs.
    role: "primary" is the row to quote, "companion" stands beside it under other assumptions, "conventional" is what
    ordinary regression software prints.
    """

    term: str
    method: str
    estimate: float | None
    status: Status
    assumptions: str
    level: float
    std_error: float | None = None
    df: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    p_floor: float = 0.0
    small_sample: str = ""
    rank: int | None = None
    rank_of: int | None = None
    draws: int | None = None
    seed: int | None = None
    p_monte_carlo: tuple[float, float] | None = None
    n_dropped: int = 0
    role: Role = "other"

    @property
    def hidden(self) -> Inference:
        """The same row; p and interval removed where the status says that they mean nothing.

        Those of the conventional method are removed whatever its status: its p stands only beside the rate at which
        the method finds effects where there are none.
        """
        if self.status not in ("not_identified", "known_invalid") and self.role != "conventional":
            return self
        return replace(self, p_value=None, conf_low=None, conf_high=None)


def t_row(
    term: str,
    method: str,
    estimate: float,
    std_error: float,
    df: float,
    *,
    level: float,
    status: Status,
    assumptions: str,
    small_sample: str,
) -> Inference:
    """A row of estimate / standard error against the t distribution."""
    half = float(special.stdtrit(df, (1 + level) / 2)) * std_error
    statistic = estimate / std_error if std_error > 0 else None
    p_value = float(2 * special.stdtr(df, -abs(statistic))) if statistic is not None else float(estimate == 0)
    return Inference(
        term,
        method,
        estimate,
        status,
        assumptions,
        level,
        std_error,
        df,
        statistic,
        p_value,
        estimate - half,
        estimate + half,
        small_sample=small_sample,
    )


def no_number(
    term: str, method: str, reason: str, level: float, *, estimate: float | None = None, n_dropped: int = 0
) -> Inference:
    """The row of a method that gives nothing for this design, with the reason."""
    return Inference(
        term, method, estimate, "not_identified", reason, level, small_sample=reason, n_dropped=n_dropped
    )  # fmt: skip
