"""context.md: the questions an output checker asks, answered beside the files and once more for each file alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ipscausal import periods
from ipscausal.disclosure import sacro
from ipscausal.disclosure.ledger import Entry
from ipscausal.disclosure.rules import Rules
from ipscausal.language import Catalogue, codes_told, nearest_words, outcome_meaning, who


def context_text(
    words: Catalogue,
    study: Mapping[str, Any],
    facts: Mapping[str, Any],
    rules: Rules,
    behind: Mapping[str, float | None],
    ledger: Entry,
    entries: Sequence[sacro.Entry],
) -> str:
    """Markdown of the context.

    behind: persons, person_years and df of the main estimate, None where withheld; ledger: the release as it is noted;
    entries: what is said of each file.
    """
    t, about = words.text, study["study"]
    outcomes = dict.fromkeys((study["outcome"]["name"], *study["outcome"]["also"]))
    withheld = sum(len({row for row, _ in entry.flags}) for entry in entries)
    sections = (
        ("", [t("context.study", title=nearest_words(about["title"], words.language), id=about["id"]), "",
              t("context.what")]),
        ("population", _population(words, study, facts, behind)),
        ("variables", [_variable(words, study, name) for name in outcomes]),
        ("relation", [t("context.relation_text"), "", *_earlier(words, ledger, rules)]),
        ("controls", _controls(words, facts, rules, withheld)),
        ("files", [t("context.files_text"), "",
                   *(line for entry in sorted(entries, key=_by_file) for line in _file(words, entry))]),
        ("columns", _columns(words, entries)),
    )  # fmt: skip
    lines = [f"# {t('context.title')}"]
    for name, text in sections:
        lines += ["", *([f"## {t(f'context.{name}_heading')}", ""] if name else []), *text]
    return "\n".join(lines) + "\n"


def _variable(words: Catalogue, study: Mapping[str, Any], name: str) -> str:
    return f"- {words.raw(f'variable.{name}')}: {outcome_meaning(words, study, name)}"


def _by_file(entry: sacro.Entry) -> str:
    return entry.file


def _population(
    words: Catalogue, study: Mapping[str, Any], facts: Mapping[str, Any], behind: Mapping[str, float | None]
) -> list[str]:
    first, last = periods.span(study["population"]["years"], words.period)
    counted = {
        name: words.raw("report.withheld_value") if value is None else words.style.number(value, 0)
        for name, value in behind.items()
    }
    return [
        words.text(
            "context.population_text", who=who(words, study["population"]), first=first, last=last,
            municipalities=facts["n_municipalities"], treated=int(facts["n_treated"]),
            codes=codes_told(words, facts["treated"]),
        ),
        words.text("context.population_n", **counted),
    ]  # fmt: skip


def _earlier(words: Catalogue, ledger: Entry, rules: Rules) -> list[str]:
    """This release by name, and what it was held against."""
    said = [words.text("context.this_release", release=ledger.release[:12], definition=ledger.definition[:12])]
    if not ledger.compared:
        return [*said, words.raw("context.earlier_none")]
    said.append(words.text("context.earlier_compared", count=ledger.compared, limit=rules.min_persons))
    if not ledger.near:
        return [*said, words.raw("context.earlier_apart")]
    for near in ledger.near:
        same = words.raw(f"context.definition_{'same' if near.same_definition else 'other'}")
        said.append(
            words.text(
                "context.near", release=ledger.release[:12], earlier=near.release[:12], date=near.date,
                study=near.study, count=near.count, limit=rules.min_persons,
                files=", ".join(f"{name}.csv" for name in sorted(near.tables)), definition=same,
            )
        )  # fmt: skip
    return said


def _controls(words: Catalogue, facts: Mapping[str, Any], rules: Rules, withheld: int) -> list[str]:
    treated = int(facts["n_treated"])
    control = int(facts["n_municipalities"]) - treated
    few = sum(n < rules.min_municipalities for n in (treated, control))
    rounding = words.raw(f"context.rounding.{rules.rounding}")
    said = [
        words.text(
            "context.controls_rules", ruleset=rules.ruleset, persons=rules.min_persons, df=rules.min_residual_df,
            rounding=rounding,
        ),
        words.text("context.controls_withheld", count=withheld),
        words.text(
            "context.controls_review", treated=treated, control=control, limit=rules.min_municipalities, count=few
        ),
        words.raw("context.controls_files"),
        *([words.text("context.exception", text=rules.exception)] if rules.exception else []),
    ]  # fmt: skip
    return [f"- {line}" for line in said]


def _file(words: Catalogue, entry: sacro.Entry) -> list[str]:
    """All that is said of one file, so that it is understood alone."""
    outcomes = "; ".join(f"{name}: {outcome}" for name, outcome in entry.checks.items())
    lines = [f"### {entry.file}", "", f"{entry.status.upper()}. {outcomes}".strip(), ""]
    lines += [f"- {comment}" for comment in entry.comments]
    if entry.exception:
        lines.append(f"- {words.text('context.why', text=entry.exception)}")
    if entry.columns:
        lines.append(f"- {words.text('context.columns', columns=', '.join(entry.columns))}")
    return [*lines, ""]


def _columns(words: Catalogue, entries: Sequence[sacro.Entry]) -> list[str]:
    """Every column of the tables that are there, explained once; with the table where its meaning differs by table."""
    names = sorted({name for entry in entries for name in entry.columns})
    lines = []
    for name in names:
        lines += [f"- `{name}`: {words.raw(f'column.{name}')}"] if words.has(f"column.{name}") else []
        for entry in entries:
            own = f"column.{entry.name}.{name}"
            if name in entry.columns and words.has(own):
                lines.append(f"- `{name}` ({entry.file}): {words.raw(own)}")
    return lines
