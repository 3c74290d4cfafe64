"""Do municipalities where nothing happened show effects as large?"""

from __future__ import annotations

from dataclasses import replace

from ipscausal.inference import Inference, Options, apply, dear
from ipscausal.inference.row import unreachable
from ipscausal.sensitivity.check import Check, Verdict
from ipscausal.sensitivity.subject import Subject

RANKS = ("ri_size", "ri")
FEW_DRAWS = 199
DEFAULT = Options()


def placebo_municipalities(subject: Subject, options: Options = DEFAULT, name: str = "placebo_municipalities") -> Check:
    """The rank of the effect when treatment is moved to other municipalities, sizes accounted for where they are known.

    Passed when so few assignments give an effect as large that chance is ruled out at the level; not passed when more
    do; cannot tell where even the first rank of all would not be rare enough. value: the p-value of the rank.
    """
    row = _ranked(subject, options)
    verdict: Verdict = "cannot tell"
    if row is not None and row.p_value is not None and not unreachable(row.p_floor, options.level):
        verdict = "passed" if row.p_value <= 1 - options.level + 1e-12 else "not passed"
    return Check(
        name,
        "placebo_municipalities",
        verdict,
        None if row is None else row.p_value,
        None,
        None,
        {
            "effect": subject.effect,
            "rank": None if row is None else row.rank,
            "of": None if row is None else row.rank_of,
            "floor": None if row is None else row.p_floor,
        },
    )


def _ranked(subject: Subject, options: Options) -> Inference | None:
    # where each assignment runs an estimator of a whole country again, so many settle it at 5 per cent
    few = replace(options, draws=min(options.draws, FEW_DRAWS)) if RANKS[1] in dear(subject.estimate) else options
    rows = (apply(method, subject.estimate, few)[0] for method in RANKS)
    return next((row for row in rows if row.rank is not None), None)
