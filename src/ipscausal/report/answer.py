"""The answer, line by line: estimate, intervals, rank, what it would take to change it, what is not used, power.

Every sentence appears only where its numbers exist and are released. None says that something works or is
significant; the p-value of ordinary regression never stands without the rate at which it finds effects that are not
there; a rejection belongs to a test, and a wide interval is told by what it excludes.
"""

from __future__ import annotations

from typing import Any

from ipscausal.figures import display_scale
from ipscausal.language import Catalogue, effect_period
from ipscausal.report.document import AnswerLine
from ipscausal.report.doubt import name_of_check
from ipscausal.report.estimators import name_of
from ipscausal.report.released import Released, Row

SAMPLED = "none: sampled"
"""Begins the small-sample entry of a rank among drawn assignments instead of all."""
BREAKDOWNS = ("breakdown_sd", "breakdown_ratio", "breakdown_lau_li")
RANKED = ("ri", "ri_size")
"""Methods that rank the effect among the municipalities; the first that is released is told."""
BEFORE_THE_START = ("pretrend_power", "placebo_dates", "anticipation")
"""Questions of checks that ask whether the arms moved alike before the start."""
WARNING = ("amber", "red")
TESTED = ("ok", "conservative")
"""Statuses of a test that can reject."""

Said = tuple[tuple[str, ...], tuple[str, ...]]
"""Sentences and short clauses of one line."""


def answer(words: Catalogue, released: Released) -> tuple[AnswerLine, ...]:
    """The lines that have something to say, in their order."""
    primary = released.effect(released.outcome)
    if primary is None or primary["estimate"] is None:
        told: dict[str, Said] = {"estimate": ((words.raw("answer.estimate_withheld"),),) * 2}
    else:
        numbers = _Numbers(words, released)
        companion = released.effect(released.outcome, "companion")
        told = {
            "estimate": _estimate(numbers, primary),
            "primary": _interval(numbers, primary, "zero"),
            "companion": _NOTHING if companion is None else _companion(numbers, companion),
            "together": _together(numbers, primary, companion),
            "rank": _rank(numbers),
            "breakdown": _joined(_shock(numbers), _ratio(numbers)),
            "not_used": _not_used(numbers),
            "power": _power(numbers, primary),
            "estimators": _estimators(numbers),
            "checks": _checks(numbers),
        }
    return tuple(
        AnswerLine(key, words.raw(f"answer.{key}_label"), *said) for key, said in told.items() if any(said)
    )  # fmt: skip


_NOTHING: Said = ((), ())


class _Numbers:
    """What every line needs: words, released rows, and numbers on the scale of the primary outcome."""

    def __init__(self, words: Catalogue, released: Released) -> None:
        self.words = words
        self.released = released
        self.common: dict[str, Any] = {
            "unit": words.name_of("outcome", released.outcome, "effect"), "level": released.level,
            "treated": released.treated,
        }  # fmt: skip
        self._scale = display_scale(released.outcome)

    def shown(self, **values: float | None) -> dict[str, str | None]:
        """Numbers of the outcome as texts, with one decimal."""
        return {
            name: None if value is None else self.words.style.number(self._scale * value, 1)
            for name, value in values.items()
        }

    def signed(self, value: float) -> str:
        return self.words.style.signed(self._scale * value, 1)

    def method(self, row: Row) -> str:
        return self.words.name_of("method", str(row["method"]), "name")

    def said(self, key: str, **values: Any) -> Said:
        """A sentence and its short form."""
        told = {**self.common, **values}
        return (self.words.text(f"answer.{key}", **told),), (self.words.text(f"answer.short.{key}", **told),)


def _joined(*parts: Said) -> Said:
    return tuple(text for part in parts for text in part[0]), tuple(text for part in parts for text in part[1])


def _has_interval(row: Row) -> bool:
    return None not in (row["conf_low"], row["conf_high"], row["p_value"])


def _estimate(numbers: _Numbers, row: Row) -> Said:
    period = effect_period(numbers.words, numbers.released.study, numbers.released.facts, row)
    whole, short = numbers.said("estimate", estimate=numbers.signed(row["estimate"]), period=period)
    named = numbers.words.text("answer.estimator", name=name_of(numbers.words, row["estimator"]))
    return (*whole, numbers.words.text("answer.estimate_period", period=period), named), (*short, named)


def _companion(numbers: _Numbers, row: Row) -> Said:
    """A companion without interval is a rank, which has a line of its own."""
    return _interval(numbers, row, "companion") if _has_interval(row) else _NOTHING


def _interval(numbers: _Numbers, row: Row, wording: str) -> Said:
    """The interval with its method and assumption, and what it excludes. wording: begins the second sentence's key."""
    if not _has_interval(row):
        text = numbers.words.text("answer.no_interval", method=numbers.method(row))
        return (text,), (text,)
    bounds = numbers.shown(low=row["conf_low"], high=row["conf_high"])
    that = numbers.words.raw(f"method.{row['method']}.short")
    whole, short = numbers.said("interval", p=row["p_value"], method=numbers.method(row), that=that, **bounds)
    place = "inside" if row["conf_low"] <= 0 <= row["conf_high"] else "outside"
    excludes = numbers.words.text(f"answer.{wording}_{place}", **numbers.common, **bounds)
    return (*whole, excludes), short


def _together(numbers: _Numbers, primary: Row, companion: Row | None) -> Said:
    tests = [row for row in (primary, companion) if row is not None and row["p_value"] is not None]
    texts = []
    if len(tests) == 2 and all(row["status"] in TESTED for row in tests):
        rejecting, other = sorted(tests, key=lambda row: float(row["p_value"]))
        if rejecting["p_value"] < round(1 - numbers.released.level, 12) <= other["p_value"]:
            that = numbers.words.raw(f"method.{rejecting['method']}.short")
            told = {"rejecting": numbers.method(rejecting), "other": numbers.method(other), "that": that}
            ps = {"rejecting_p": rejecting["p_value"], "other_p": other["p_value"]}
            texts.append(numbers.words.text("answer.depends", **told, **ps, **numbers.common))
    breakdowns = [numbers.released.diagnostic(key) for key in BREAKDOWNS]
    if sum(row is not None and row["level"] in WARNING for row in breakdowns) >= 2:
        texts.append(numbers.words.raw("answer.inseparable"))
    if shaken := _not_parallel(numbers):
        texts.append(numbers.words.text("answer.not_parallel", names=shaken))
    return tuple(texts), tuple(texts)


def _not_parallel(numbers: _Numbers) -> list[str]:
    """The checks that found the arms moving apart before the start: then no interval says what the programme did."""
    rows = numbers.released.rows("sensitivity", outcome=numbers.released.outcome)
    return [
        name_of_check(numbers.words, row)
        for row in rows
        if row["verdict"] == "not passed" and row["question"] in BEFORE_THE_START
    ]


def _rank(numbers: _Numbers) -> Said:
    released = numbers.released
    for method in RANKED:
        for row in released.rows("estimates", outcome=released.outcome, term="att", method=method):
            if row["rank"] is None or row["p_value"] is None:
                continue
            sampled = str(row["small_sample"]).startswith(SAMPLED)
            key = "rank_sampled" if sampled else "rank_one" if released.treated == 1 else "rank_many"
            values = {"rank": row["rank"], "of": row["rank_of"], "p": row["p_value"], "floor": row["p_floor"]}
            whole, short = (numbers.words.text(f"answer.{name}", **values) for name in (key, "short.rank"))
            return (whole,), (short,)
    return _NOTHING


def _shock(numbers: _Numbers) -> Said:
    breakdown, found = numbers.released.diagnostic("breakdown_sd"), numbers.released.diagnostic("shock_sd")
    if breakdown is None:
        return _NOTHING
    never, value = breakdown["value"] <= 0, numbers.shown(value=breakdown["value"])
    if found is None or found["low"] is None or found["high"] is None:
        return numbers.said("shock_never") if never else numbers.said("shock_alone", **value)
    span = numbers.shown(found=found["value"], low=found["low"], high=found["high"])
    return numbers.said("shock_never_found", **span) if never else numbers.said("shock", **value, **span)


def _ratio(numbers: _Numbers) -> Said:
    breakdown = numbers.released.diagnostic("breakdown_ratio")
    if breakdown is None:
        return _NOTHING
    method = numbers.words.raw("method.re_did.name")
    return numbers.said("ratio" if breakdown["value"] > 0 else "ratio_never", method=method, value=breakdown["value"])


def _not_used(numbers: _Numbers) -> Said:
    released, facts = numbers.released, numbers.released.facts
    conventional = released.effect(released.outcome, "conventional")
    rate, low, high = (facts.get(f"conventional_rate{part}") for part in ("", "_low", "_high"))
    if conventional is None:
        return _NOTHING
    if None not in (rate, low, high) and facts.get("conventional_method") == conventional["method"]:
        key = "conventional_without_p" if conventional["p_value"] is None else "conventional"
        told = {"method": numbers.method(conventional), "p": conventional["p_value"]}
        return numbers.said(key, rate=rate, low=low, high=high, **told)
    closed = facts.get("cr1_false_positive_rate")
    if closed is not None and conventional["status"] == "known_invalid":
        return numbers.said("conventional_closed", rate=closed)
    return _NOTHING


def _power(numbers: _Numbers, primary: Row) -> Said:
    facts = numbers.released.facts
    parts = []
    if facts.get("mde") is not None:
        parts.append(numbers.said("detectable", **numbers.shown(mde=facts["mde"])))
    if facts.get("power_at_estimate") is not None:
        estimate = numbers.signed(primary["estimate"])
        parts.append(numbers.said("detected", estimate=estimate, power=facts["power_at_estimate"]))
    return _joined(*parts)


def _estimators(numbers: _Numbers) -> Said:
    """Whether other estimators differ by more than chance; nothing where none stands beside the quoted one."""
    found = [row for row in numbers.released.rows("estimators", outcome=numbers.released.outcome) if row["differs"]]
    differing = [name_of(numbers.words, row["estimator"]) for row in found if row["differs"] == "yes"]
    unknown = sum(row["differs"] == "unknown" for row in found)
    parts: list[Said] = []
    if differing:
        parts.append(numbers.said("estimators_differ", count=len(differing), of=len(found), names=differing))
    elif found and unknown < len(found):
        parts.append(numbers.said("estimators_none", of=len(found) - unknown))
    if unknown:
        parts.append(numbers.said("estimators_open", count=unknown))
    return _joined(*parts)


def _checks(numbers: _Numbers) -> Said:
    """How many attacks the answer withstood, and which not."""
    released, words = numbers.released, numbers.words
    rows = [row for row in released.rows("sensitivity", outcome=released.outcome) if row["verdict"] is not None]
    if not rows:
        return _NOTHING
    verdicts = [row["verdict"] for row in rows]
    counted = {"passed": "passed", "failed": "not passed", "open": "cannot tell"}
    counts = {name: verdicts.count(verdict) for name, verdict in counted.items()}
    failed = [name_of_check(words, row) for row in rows if row["verdict"] == "not passed"]
    parts = [numbers.said("checks", of=len(rows), **counts)]
    parts += [numbers.said("checks_failed", names=failed)] if failed else []
    return _joined(*parts)
