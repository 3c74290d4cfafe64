"""Definitions and method, written from the study file in force."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ipscausal.language import Catalogue, capital, codes_told, outcome_definition, outcome_meaning
from ipscausal.report.document import Block, Definitions, Paragraph
from ipscausal.report.estimators import TWO_WAY
from ipscausal.report.population import population
from ipscausal.report.released import Released


def definitions(words: Catalogue, released: Released) -> tuple[Block, ...]:
    """One entry per part of the study, in sentences; then one per outcome beside the primary."""
    entries = of_method(words, released)
    told = Definitions(tuple((words.raw(f"definition.{name}_term"), text) for name, text in entries.items()))
    return (told, *_other_outcomes(words, released))


def of_method(words: Catalogue, released: Released) -> dict[str, str]:
    """The sentences of each part of the study."""
    entries = {
        "population": population(words, released),
        "exposure": _exposure(words, released),
        "outcome": _outcome(words, released),
        "comparison": _comparison(words, released),
        "estimator": _estimator(words, released),
        "inference": _inference(words, released),
        "work_years": _work_years(words, released),
        "disclosure": _disclosure(words, released),
    }
    return {name: " ".join(filter(None, text)) for name, text in entries.items()}


def _other_outcomes(words: Catalogue, released: Released) -> tuple[Block, ...]:
    items = tuple(
        (capital(words.name_of("outcome", name, "name")), capital(outcome_meaning(words, released.study, name)))
        for name in _others(released)
    )
    return (Paragraph(words.raw("report.outcomes_heading"), "subheading"), Definitions(items)) if items else ()


def assumptions(words: Catalogue, released: Released) -> Definitions:
    """Each method in the main table with what it assumes."""
    methods = dict.fromkeys(row["method"] for row in released.rows("estimates", outcome=released.outcome, term="att"))
    return Definitions(
        tuple((words.raw(f"method.{name}.name"), words.raw(f"method.{name}.assumption")) for name in methods)
    )


def statuses(words: Catalogue, released: Released) -> Definitions:
    """The status words that occur in the main table."""
    found = dict.fromkeys(row["status"] for row in released.rows("estimates", outcome=released.outcome, term="att"))
    return Definitions(tuple((words.raw(f"status.{name}.name"), words.raw(f"status.{name}.text")) for name in found))


def _exposure(words: Catalogue, released: Released) -> list[str]:
    design = released.study["design"]
    chosen = "rollout" if design["treated"] == "rollout" else "listed"
    return [
        words.text(f"definition.treated.{chosen}", codes=codes_told(words, released.facts["treated"])),
        _starts(words, released),
        words.text("definition.programme.text", programme=design["programme"]) if design["programme"] else "",
        words.raw(f"definition.start.{design['first_treated_year']}"),
        words.text("definition.anticipation.text", years=design["anticipation"]) if design["anticipation"] else "",
        # an end of the programme is refused by default, so there is nothing to say
        words.raw(f"definition.after_end.{design['after_end']}") if design["after_end"] != "error" else "",
    ]


def _starts(words: Catalogue, released: Released) -> str:
    """How many municipalities started in which year; nothing with one starting year."""
    years = Counter(released.facts["adoption_years"].values())
    if len(years) < 2:
        return ""
    starts = [f"{words.period_name(year)} ({years[year]})" for year in sorted(years)]
    return words.text("definition.starts.text", starts=starts)


def _outcome(words: Catalogue, released: Released) -> list[str]:
    named = [words.name_of("outcome", name, "name") for name in _others(released)]
    return [
        outcome_definition(words, released.study, released.study["outcome"]["name"]),
        words.text("definition.also.text", outcomes=named) if named else "",
    ]


def _others(released: Released) -> list[str]:
    outcome = released.study["outcome"]
    return [name for name in outcome["also"] if name != outcome["name"]]


def _comparison(words: Catalogue, released: Released) -> list[str]:
    controls = released.facts["controls"]
    rule = released.study["design"]["comparison"]
    return [words.text(f"definition.against.{rule}", codes=codes_told(words, controls), count=len(controls))]


def _estimator(words: Catalogue, released: Released) -> list[str]:
    design = released.study["design"]
    # the times that occur: a window may reach beyond the years of the study
    times = [row["event_time"] for row in released.rows("event_study", outcome=released.outcome)]
    covariates = [words.name("covariate", name) for name in design["covariates"]]
    quoted = next((str(row["estimator"]) for row in released.tables["headline"]), TWO_WAY)
    group = "twfe" if quoted == TWO_WAY else "estimator"
    name, means = (words.name_of("estimator", quoted, part) for part in ("name", "means"))
    return [
        words.raw("definition.twfe.text") if group == "twfe" else _named(words, name, means, design),
        words.text(f"definition.{group}.covariates", covariates=covariates) if covariates else "",
        words.text(f"definition.{group}.event", low=min(times), high=max(times), reference=design["reference"])
        if times
        else "",
        words.raw(f"definition.twfe.{design['outside']}") if group == "twfe" else "",
    ]


def _named(words: Catalogue, name: str, means: str, design: dict[str, Any]) -> str:
    against = "not_yet" if design["comparison"] == "not yet" else "never"
    text = words.text("definition.estimator.text", name=name, means=means)
    return f"{text} {words.raw(f'definition.estimator.{against}')}"


def _inference(words: Catalogue, released: Released) -> list[str]:
    inference = released.study["inference"]
    return [words.text("definition.level.text", **{name: inference[name] for name in ("level", "seed", "draws")})]


def _work_years(words: Catalogue, released: Released) -> list[str]:
    choice = released.study["work_years"]
    days, persons = choice["days_per_work_year"], choice["persons"]
    conversion = (
        words.text("definition.conversion.mean", days=days)
        if isinstance(persons, str)
        else words.text("definition.conversion.given", days=days, persons=persons)
    )
    rules = released.rules
    rests = rules["rounding"] != "none" and isinstance(persons, str)
    rounded = words.text("definition.conversion.rounded", ruleset=rules["ruleset"]) if rests else ""
    return [conversion, rounded, words.raw("definition.conversion.period")]


def _disclosure(words: Catalogue, released: Released) -> list[str]:
    rules = released.rules
    text = words.text(
        "definition.rules.text", ruleset=rules["ruleset"], persons=rules["min_persons"], df=rules["min_residual_df"]
    )
    made = words.text("definition.rules.rounding.made", digits=rules["significant_digits"])
    rounding = words.text(f"definition.rules.rounding.{rules['rounding']}", made=made)
    exception = words.text("definition.rules.exception", text=rules["exception"]) if rules["exception"] else ""
    return [text, rounding, exception]
