"""What a name that the software prints means: errors, rules, reasons, methods, statuses, estimators, checks.

Everything is in the package: nothing is looked up elsewhere.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from ipscausal.contract import RULES
from ipscausal.errors import IpsError, UsageError
from ipscausal.language import Catalogue, catalogue

# group of the catalogue -> the wording that explains a name, and the label it stands under
_SENTENCES = {
    "method": ("assumption", "assumption"), "status": ("text", "means"), "estimator": ("means", "means"),
    "check": ("question", "question"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Topic:
    """One explained name. lines: (label, sentence); a rule of the contract speaks English in every language."""

    kind: str
    name: str
    title: str
    lines: tuple[tuple[str, str], ...]
    exit_code: int | None = None


def explain(name: str, language: str = "en") -> tuple[Topic, ...]:
    """Every topic of this name, of which several kinds may have one; a number is an exit code.

    Raises UsageError for a name that nothing has.
    """
    known, asked = topics(language), name.strip()
    found = tuple(topic for topic in known if asked in (topic.name, str(topic.exit_code)))
    if found:
        return found
    near = difflib.get_close_matches(asked, dict.fromkeys(topic.name for topic in known), n=3)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    raise UsageError(
        f"explain: nothing is called {asked!r}", remedy=f"{meant}`ipscausal explain` without a name lists all names"
    )


def topics(language: str = "en") -> tuple[Topic, ...]:
    """All that can be explained, kind by kind."""
    words = catalogue(language)
    return (*_errors(words), *_rules(words), *_reasons(words), *_named(words))


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


def _names(words: Catalogue, group: str) -> dict[str, None]:
    """Names of a group of the catalogue, in its order."""
    return dict.fromkeys(key.split(".")[1] for key in words.keys if key.startswith(f"{group}."))
