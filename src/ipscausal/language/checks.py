"""What a check of the answer found, in words: the same sentence from a check just made and from its released row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipscausal.language.catalogue import Catalogue

OF_OTHER_UNIT = ("honest_did", "placebo_municipalities")
"""Questions whose value is no effect: a multiple, a p-value."""
_EFFECTS = ("low", "high", "effect", "slope")


def check_sentence(
    words: Catalogue, question: str, verdict: str, numbers: Mapping[str, Any], name: str, scale: float = 1.0
) -> str:
    """The sentence of a verdict. numbers: `value`, `low`, `high` and the others that the sentence names; effects among
    them are multiplied by `scale` for display. name: what the study calls the check.
    """
    key = f"check.{question}.{verdict.replace(' ', '_')}"
    if numbers["value"] is None:
        own = f"check.{question}.without"
        key = own if words.has(own) and verdict == "passed" else "check.no_number"
    elif numbers.get("lost") == 0 and words.has(f"{key}_all_spared"):
        key = f"{key}_all_spared"
    effects = (*_EFFECTS, *(() if question in OF_OTHER_UNIT else ("value",)))
    shown = {
        column: scale * number if column in effects and isinstance(number, int | float) else number
        for column, number in numbers.items()
    }
    return words.text(key, **{**shown, "name": name, "among_passed": _other_end(shown)})


def _other_end(shown: Mapping[str, Any]) -> Any:
    """The end that is not the value: a hidden trend lies between its bias and that among studies that pass the test."""
    return shown["low"] if shown["value"] == shown["high"] else shown["high"]


def check_name(words: Catalogue, question: str, name: str) -> str:
    """What the study calls a check, or the catalogue's name of a question that the study leaves unnamed."""
    return words.name_of("check", question, "name") if name == question else name


def specification_name(words: Catalogue, data: str) -> str:
    """The choice that a specification makes otherwise, as the check that asks for it is called."""
    return words.raw("report.specification_main") if data == "main" else check_name(words, data, data)
