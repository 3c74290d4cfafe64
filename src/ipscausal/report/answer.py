"""The answer, line by line: estimate, intervals, rank, what it would take to change it, what is not used, power.

Every sentence appears only where its numbers exist and are released. None says that something works or is
significant; the p-value of ordinary regression never stands without the rate at which it finds effects that are not
there; a rejection belongs to a test, and a wide interval is told by what it excludes.
"""

from __future__ import annotations

from ipscausal.language import Catalogue, effect_period
from ipscausal.report.certainty import TESTED, apart, in_plain_words, inseparable
from ipscausal.report.document import AnswerLine
from ipscausal.report.doubt import quoted_names
from ipscausal.report.estimators import name_of
from ipscausal.report.reach import reach
from ipscausal.report.released import Released, Row
from ipscausal.report.said import NOTHING, Numbers, Said, has_interval, joined

SAMPLED = "none: sampled"
"""Begins the small-sample entry of a rank among drawn assignments instead of all."""
RANKED = ("ri", "ri_size")
"""Methods that rank the effect among the municipalities; the first that is released is told."""

PAGE_ONE = ("estimate", "reach", "certainty", "use")
"""Lines that stand on page one; the others are what they rest on."""


def answer(words: Catalogue, released: Released) -> tuple[AnswerLine, ...]:
    """The lines that have something to say, in their order."""
    primary = released.effect(released.outcome)
    if primary is None or primary["estimate"] is None:
        told: dict[str, Said] = {"estimate": ((words.raw("answer.estimate_withheld"),),) * 2}
    else:
        numbers = Numbers(words, released)
        companion = released.effect(released.outcome, "companion")
        told = {
            "estimate": _estimate(numbers, primary),
            "reach": reach(numbers),
            **in_plain_words(numbers),
            "primary": _interval(numbers, primary, "zero"),
            "companion": NOTHING if companion is None else _companion(numbers, companion),
            "together": _together(numbers, primary, companion),
            "rank": _rank(numbers),
            "breakdown": joined(_shock(numbers), _ratio(numbers)),
            "not_used": _not_used(numbers),
            "power": _power(numbers, primary),
            "estimators": _estimators(numbers),
            "checks": _checks(numbers),
        }
    return tuple(
        AnswerLine(key, words.raw(f"answer.{key}_label"), *said) for key, said in told.items() if any(said)
    )  # fmt: skip


def _estimate(numbers: Numbers, row: Row) -> Said:
    period = effect_period(numbers.words, numbers.released.study, numbers.released.facts, row)
    whole, short = numbers.said("estimate", estimate=numbers.signed(row["estimate"]), period=period)
    named = numbers.words.text("answer.estimator", name=name_of(numbers.words, row["estimator"]))
    return (*whole, numbers.words.text("answer.estimate_period", period=period), named), (*short, named)


def _companion(numbers: Numbers, row: Row) -> Said:
    """A companion without interval is a rank, which has a line of its own."""
    return _interval(numbers, row, "companion") if has_interval(row) else NOTHING


def _interval(numbers: Numbers, row: Row, wording: str) -> Said:
    """The interval with its method and assumption, and what it excludes. wording: begins the second sentence's key."""
    if not has_interval(row):
        text = numbers.words.text("answer.no_interval", method=numbers.method(row))
        return (text,), (text,)
    bounds = numbers.shown(low=row["conf_low"], high=row["conf_high"])
    that = numbers.words.raw(f"method.{row['method']}.short")
    whole, short = numbers.said("interval", p=row["p_value"], method=numbers.method(row), that=that, **bounds)
    place = "inside" if row["conf_low"] <= 0 <= row["conf_high"] else "outside"
    excludes = numbers.words.text(f"answer.{wording}_{place}", **numbers.common, **bounds)
    return (*whole, excludes), short


def _together(numbers: Numbers, primary: Row, companion: Row | None) -> Said:
    tests = [row for row in (primary, companion) if row is not None and row["p_value"] is not None]
    texts = []
    if len(tests) == 2 and all(row["status"] in TESTED for row in tests):
        rejecting, other = sorted(tests, key=lambda row: float(row["p_value"]))
        if rejecting["p_value"] < round(1 - numbers.released.level, 12) <= other["p_value"]:
            that = numbers.words.raw(f"method.{rejecting['method']}.short")
            told = {"rejecting": numbers.method(rejecting), "other": numbers.method(other), "that": that}
            ps = {"rejecting_p": rejecting["p_value"], "other_p": other["p_value"]}
            texts.append(numbers.words.text("answer.depends", **told, **ps, **numbers.common))
    if inseparable(numbers.released):
        texts.append(numbers.words.raw("answer.inseparable"))
    if shaken := quoted_names(numbers.words, apart(numbers.released)):
        texts.append(numbers.words.text("answer.not_parallel", names=shaken))
    return tuple(texts), tuple(texts)


def _rank(numbers: Numbers) -> Said:
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
    return NOTHING


def _shock(numbers: Numbers) -> Said:
    breakdown, found = numbers.released.diagnostic("breakdown_sd"), numbers.released.diagnostic("shock_sd")
    if breakdown is None:
        return NOTHING
    never, value = breakdown["value"] <= 0, numbers.shown(value=breakdown["value"])
    if found is None or found["low"] is None or found["high"] is None:
        return numbers.said("shock_never") if never else numbers.said("shock_alone", **value)
    span = numbers.shown(found=found["value"], low=found["low"], high=found["high"])
    return numbers.said("shock_never_found", **span) if never else numbers.said("shock", **value, **span)


def _ratio(numbers: Numbers) -> Said:
    breakdown = numbers.released.diagnostic("breakdown_ratio")
    if breakdown is None:
        return NOTHING
    method = numbers.words.raw("method.re_did.name")
    return numbers.said("ratio" if breakdown["value"] > 0 else "ratio_never", method=method, value=breakdown["value"])


def _not_used(numbers: Numbers) -> Said:
    released, facts = numbers.released, numbers.released.facts
    conventional = released.effect(released.outcome, "conventional")
    rate, low, high = (facts.get(f"conventional_rate{part}") for part in ("", "_low", "_high"))
    if conventional is None:
        return NOTHING
    if None not in (rate, low, high) and facts.get("conventional_method") == conventional["method"]:
        key = "conventional_without_p" if conventional["p_value"] is None else "conventional"
        told = {"method": numbers.method(conventional), "p": conventional["p_value"]}
        return numbers.said(key, rate=rate, low=low, high=high, **told)
    closed = facts.get("cr1_false_positive_rate")
    if closed is not None and conventional["status"] == "known_invalid":
        return numbers.said("conventional_closed", rate=closed)
    return NOTHING


def _power(numbers: Numbers, primary: Row) -> Said:
    facts = numbers.released.facts
    parts = []
    if facts.get("mde") is not None:
        parts.append(numbers.said("detectable", **numbers.shown(mde=facts["mde"])))
    if facts.get("power_at_estimate") is not None:
        estimate = numbers.signed(primary["estimate"])
        parts.append(numbers.said("detected", estimate=estimate, power=facts["power_at_estimate"]))
    return joined(*parts)


def _estimators(numbers: Numbers) -> Said:
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
    return joined(*parts)


def _checks(numbers: Numbers) -> Said:
    """How many attacks the answer withstood, and which not."""
    released, words = numbers.released, numbers.words
    rows = [row for row in released.rows("sensitivity", outcome=released.outcome) if row["verdict"] is not None]
    if not rows:
        return NOTHING
    verdicts = [row["verdict"] for row in rows]
    counted = {"passed": "passed", "failed": "not passed", "open": "cannot tell"}
    counts = {name: verdicts.count(verdict) for name, verdict in counted.items()}
    failed = quoted_names(words, [row for row in rows if row["verdict"] == "not passed"])
    parts = [numbers.said("checks", of=len(rows), **counts)]
    parts += [numbers.said("checks_failed", names=failed)] if failed else []
    return joined(*parts)
