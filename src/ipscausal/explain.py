"""What a name that the software prints means: commands, errors, rules, reasons, methods, files, columns, words.

Names are taken from where they are decided, sentences from the catalogue. Nothing is looked up elsewhere.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ipscausal.contract import RULES
from ipscausal.disclosure import DOCUMENTS, RELEASED_TABLES, rule_sets
from ipscausal.errors import IpsError, UsageError
from ipscausal.language import Catalogue, catalogue, outcome_meaning, study_words
from ipscausal.outcomes import BUILT_IN, KINDS
from ipscausal.study.outcome import Outcome

# group of the catalogue -> the wording that explains a name, and the label it stands under
_SENTENCES = {
    "method": ("assumption", "assumption"), "status": ("text", "means"), "estimator": ("means", "means"),
    "check": ("question", "question"),
}  # fmt: skip
_OF_COMMANDS = ("reads", "writes", "needs")
_CALLED_BY_TITLE = ("word", "method", "status", "estimator", "check", "outcome", "diagnostic", "file")
"""Kinds whose title is a name too, as the screen and the report print it; that of others is a sentence."""
_LEVELS = ("green", "amber", "red", "context")
_SUFFIX = re.compile(r"\.(csv|png|json|md|html|pdf|docx)$")
_PLACEHOLDER = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Topic:
    """One explained name. lines: (label, sentence).

    Rules of the contract and sources of rule sets speak English in every language.
    """

    kind: str
    name: str
    title: str
    lines: tuple[tuple[str, str], ...]
    exit_code: int | None = None


def explain(name: str, language: str = "en") -> tuple[Topic, ...]:
    """Every topic of this name, of which several kinds may have one; a number is an exit code.

    It may be written as the screen prints it. Raises UsageError for a name that nothing has.
    """
    known, asked = topics(language), _folded(_SUFFIX.sub("", name.strip()))
    found = tuple(topic for topic in known if asked in (*_called(topic), str(topic.exit_code)))
    if found:
        return found
    near = difflib.get_close_matches(asked, dict.fromkeys(own for topic in known for own in _called(topic)), n=3)
    names = dict.fromkeys(topic.name for own in near for topic in known if own in _called(topic))
    meant = f"did you mean {' or '.join(names)}? " if names else ""
    raise UsageError(
        f"explain: nothing is called {name.strip()!r}",
        remedy=f"{meant}`ipscausal explain` without a name lists all names",
    )


def topics(language: str = "en") -> tuple[Topic, ...]:
    """All that can be explained, kind by kind."""
    words = catalogue(language)
    return (
        *_commands(words), *_errors(words), *_rules(words), *_rule_sets(words), *_reasons(words), *_named(words),
        *_outcomes(language), *_diagnostics(words), *_files(words), *_columns(words), *_words(words),
    )  # fmt: skip


def _called(topic: Topic) -> tuple[str, ...]:
    """What a topic may be asked for by: its name, and what the language calls it."""
    return (_folded(topic.name), *([_folded(topic.title)] if topic.kind in _CALLED_BY_TITLE else []))


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.casefold())


def _commands(words: Catalogue) -> Iterator[Topic]:
    for name in _names(words, "explain.command"):
        key = f"explain.command.{name}"
        lines = tuple((words.raw(f"explain.{part}"), words.raw(f"{key}.{part}")) for part in _OF_COMMANDS)
        yield Topic("command", name, words.raw(f"{key}.title"), lines)


def _errors(words: Catalogue) -> Iterator[Topic]:
    kinds: tuple[type[IpsError], ...] = (IpsError, *_below(IpsError))
    for kind in kinds:
        key = f"explain.error.{kind.topic}"
        lines = [(words.raw(f"explain.{part}"), words.raw(f"{key}.{part}")) for part in ("means", "remedy")]
        yield Topic("error", kind.topic, words.raw(f"{key}.title"), tuple(lines), kind.exit_code)


def _below(kind: type[IpsError]) -> Iterator[type[IpsError]]:
    """Kinds with a topic of their own; one without is told as the kind it belongs to."""
    for child in kind.__subclasses__():
        if "topic" in vars(child):
            yield child
        yield from _below(child)


def _rules(words: Catalogue) -> Iterator[Topic]:
    for rule in RULES:
        told = {
            "table": rule.table, "column": rule.column, "severity": rule.severity, "treatment": rule.treatment,
            "remedy": rule.remedy,
        }  # fmt: skip
        lines = tuple((words.raw(f"explain.{part}"), text) for part, text in told.items() if text)
        yield Topic("rule", rule.name, rule.says, lines)


def _rule_sets(words: Catalogue) -> Iterator[Topic]:
    """Each rule set with its rules and their sources, then each rule with its value in every set."""
    sets = rule_sets()
    for name, rules in sets.items():
        lines = tuple((rule, f"{value} ({source})") for rule, (value, source) in rules.items())
        yield Topic("ruleset", name, words.raw(f"explain.ruleset.{name}"), lines)
    for rule in next(iter(sets.values())):
        values = "; ".join(f"{name} {rules[rule][0]}" for name, rules in sets.items())
        lines = ((words.raw("explain.values"), values),)
        yield Topic("disclosure", rule, words.raw(f"explain.disclosure.{rule}"), lines)


def _reasons(words: Catalogue) -> Iterator[Topic]:
    for name in _names(words, "reason"):
        yield Topic("reason", name, words.text(f"reason.{name}", limit=words.raw("explain.limit")), ())


def _named(words: Catalogue) -> Iterator[Topic]:
    for group, (part, label) in _SENTENCES.items():
        for name in _names(words, group):
            key = f"{group}.{name}"
            if words.has(f"{key}.{part}"):
                lines = ((words.raw(f"explain.{label}"), words.raw(f"{key}.{part}")),)
                yield Topic(group, name, words.raw(f"{key}.name"), lines)


def _outcomes(language: str) -> Iterator[Topic]:
    """Outcomes a study may name, and kinds of those that it has to define; its own choices are told as their keys."""
    kinds = {"excluded_job_kinds": ("outcome.excluded_job_kinds",)}
    study = {"outcome": {**Outcome().model_dump(), **kinds}, "population": {"benefit": "population.benefit"}}
    words = study_words(language, study)
    means = words.raw("explain.means")
    for name in BUILT_IN:
        yield Topic("outcome", name, words.raw(f"variable.{name}"), ((means, outcome_meaning(words, study, name)),))
    for kind in (kind.name for kind in KINDS.values() if kind.needs):
        said = words.raw(f"outcome_kind.{kind}.name").replace("{jobs}", "")
        lines = ((means, _PLACEHOLDER.sub("...", words.raw(f"definition.kind.{kind}"))),)
        yield Topic("outcome", kind, _PLACEHOLDER.sub("...", said), lines)


def _diagnostics(words: Catalogue) -> Iterator[Topic]:
    for name in _names(words, "diagnostic"):
        said = [(level, f"diagnostic.{name}.{level}") for level in _LEVELS]
        lines = tuple(
            (words.raw(f"explain.word.{level}.title"), _PLACEHOLDER.sub("...", words.raw(key)))
            for level, key in said
            if words.has(key)
        )
        yield Topic("diagnostic", name, words.raw(f"diagnostic.{name}.name"), lines)


def _files(words: Catalogue) -> Iterator[Topic]:
    means = words.raw("explain.means")
    for table in RELEASED_TABLES:
        lines = (
            (means, words.raw(f"context.file_{table.name}")),
            (words.raw("explain.columns"), ", ".join(table.released_columns)),
        )
        yield Topic("file", table.name, words.raw(f"table.{table.name}"), lines)
    for file in DOCUMENTS:
        name = _SUFFIX.sub("", file)
        yield Topic("file", name, file, ((means, words.raw(f"context.file_{name}")),))


def _columns(words: Catalogue) -> Iterator[Topic]:
    """A column means the same in every table, but where a table is named beside it."""
    for key in (key for key in words.keys if key.startswith("column.")):
        *table, name = key.split(".")[1:]
        yield Topic("column", name, words.raw(key), tuple((words.raw("explain.table"), one) for one in table))


def _words(words: Catalogue) -> Iterator[Topic]:
    for name in _names(words, "explain.word"):
        key = f"explain.word.{name}"
        yield Topic("word", name, words.raw(f"{key}.title"), ((words.raw("explain.means"), words.raw(f"{key}.means")),))


def _names(words: Catalogue, group: str) -> dict[str, None]:
    """Names of a group of the catalogue, in its order."""
    below = group.count(".") + 1
    return dict.fromkeys(key.split(".")[below] for key in words.keys if key.startswith(f"{group}."))
