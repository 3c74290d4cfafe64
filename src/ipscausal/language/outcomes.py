"""What the outcomes of a study are called, and what each of them is, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipscausal import periods
from ipscausal.language.called import called
from ipscausal.language.catalogue import Catalogue, catalogue
from ipscausal.language.nearest import own_words
from ipscausal.language.quarters import by_period
from ipscausal.outcomes import COMPETITIVE, KINDS, OutcomeSpec, kind_of, known_specs

Row = Mapping[str, Any]
_PARTS = ("name", "effect", "level", "axis")
_ENTRY = "entry."


def study_words(language: str, study: Row) -> Catalogue:
    """The catalogue of a language with the names of all outcomes that a study (as plain values) may count.

    A study of entries follows persons over months of their own, and all that tells of a year is told of these.
    """
    words = called(by_period(catalogue(language), periods.of_study(study)), study)
    population = study.get("population", {})
    window = _window(words, population)
    currency = study.get("outcome", {}).get("currency") or words.raw("outcome_word.currency")
    texts: dict[str, str] = {}
    own: set[str] = set()
    for spec in known_specs(study.get("outcome", {})):
        named = _names(words, spec, population.get("benefit"), window, currency)
        named |= _titled(words, spec, named["effect"])
        found = {f"outcome.{spec.name}.{part}": text for part, text in named.items()}
        texts |= found | {f"variable.{spec.name}": _variable(words, spec, named, window)}
        if spec.name == "benefit_days" and population.get("benefit"):
            own |= found.keys() | {f"variable.{spec.name}"}
    if window is not None:
        return words.reworded(texts | _entry_texts(words, window))
    return words.extended(texts).reworded({key: texts[key] for key in own})


def _window(words: Catalogue, population: Row) -> str | None:
    """The months from entry that outcomes are counted over, in words; None where it is a calendar year."""
    if population.get("receipt") != "entry":
        return None
    return words.text("window.entry", months=population["follow_up_months"])


def _entry_texts(words: Catalogue, window: str) -> dict[str, str]:
    keys = (key for key in words.keys if key.startswith(_ENTRY))
    return {key.removeprefix(_ENTRY): words.raw(key).replace("{window}", window) for key in keys}


def _variable(words: Catalogue, spec: OutcomeSpec, named: Mapping[str, str], window: str | None) -> str:
    name = capital(named["name"])
    if window is None or "{rate}" not in words.raw(f"outcome_kind.{spec.kind}.effect"):
        return name
    return words.text("window.variable", name=name, window=window)


def _names(
    words: Catalogue, spec: OutcomeSpec, own_benefit: str | None, window: str | None, currency: str
) -> dict[str, str]:
    given = {
        "jobs": words.raw(f"outcome_word.{spec.jobs}"),
        "benefit": words.name("benefit", spec.benefit or own_benefit or ""),
        "date": _date(words, spec),
        "weeks": spec.weeks,
        "currency": currency,
        "rate": window or words.raw("window.rate"),
        "within": window or words.raw("window.within"),
    }
    return {part: words.text(f"outcome_kind.{spec.kind}.{part}", **given) for part in _PARTS}


def _titled(words: Catalogue, spec: OutcomeSpec, effect: str) -> dict[str, str]:
    """The names of an outcome that the study words itself; none where it does not."""
    title = own_words(dict(spec.title), words.language)
    if title is None:
        return {}
    level = "share" if KINDS[spec.kind].is_share else "mean"
    return {
        "name": title,
        "level": words.text(f"outcome_title.{level}", title=capital(title)),
        "axis": words.text("outcome_title.axis", title=title, effect=effect),
    }


def capital(text: str) -> str:
    """With a capital first."""
    return text[:1].upper() + text[1:]


def _date(words: Catalogue, spec: OutcomeSpec) -> str:
    if spec.date is None:
        return ""
    month, day = spec.date.split("-")
    return words.style.day_of_year(int(month), int(day))


def outcome_definition(words: Catalogue, study: Row, name: str) -> str:
    """What an outcome of the study is, in sentences that name it. words: those of `study_words`."""
    text = outcome_meaning(words, study, name)
    if kind_of(name).name == "workdays":  # its sentences say what it is called
        return text
    return words.text("definition.kind.named", name=capital(words.name_of("outcome", name, "name")), text=text)


def outcome_meaning(words: Catalogue, study: Row, name: str) -> str:
    """What an outcome of the study is, in sentences to be set after its name. words: those of `study_words`."""
    outcome, population = study["outcome"], study["population"]
    spec = next(one for one in known_specs(outcome) if one.name == name)
    days = words.text(f"definition.days.{outcome['days']}", country=outcome["country"])
    if spec.kind == "workdays":
        sentences = [words.text(f"definition.measure.{outcome['measure']}", days=days)]
        if outcome["measure"] == "position":
            sentences.append(words.raw(f"definition.cap.{'capped' if outcome['cap'] else 'uncapped'}"))
    else:
        said = words.text(
            f"definition.kind.{_wording(spec, outcome)}",
            days=days,
            week=7 if outcome["days"] == "calendar days" else 5,
            length=7 * (spec.weeks or 0),
            benefit=words.name("benefit", spec.benefit or population["benefit"] or ""),
        )
        sentences = [said]
    return " ".join([*sentences, *_riders(words, spec, outcome)])


def _wording(spec: OutcomeSpec, outcome: Row) -> str:
    if spec.kind == "hours":
        return "hours_of_row" if outcome["hours"] == "total of the row" else "hours_a_week"
    return spec.kind


def _riders(words: Catalogue, spec: OutcomeSpec, outcome: Row) -> list[str]:
    """What choices of the study add to the definition of the kind."""
    told = []
    if spec.kind == "sustained" and outcome["sustained_gap_days"]:
        told.append(words.text("definition.kind.gap", days=outcome["sustained_gap_days"]))
    if spec.kind == "earnings":
        year = outcome["prices_of"]
        told.append(
            words.raw("definition.kind.nominal") if year is None else words.text("definition.kind.real", year=year)
        )
        if outcome["earnings_cap"] is not None:
            told.append(words.text("definition.kind.earnings_cap", cap=outcome["earnings_cap"]))
    if spec.jobs == COMPETITIVE:
        kinds = [words.name("job_kind", kind) for kind in outcome["excluded_job_kinds"]]
        told.append(words.text("definition.kind.competitive", kinds=kinds))
    return told
