"""What every line of the answer needs: sentences for a page, clauses for a screen, numbers on the outcome's scale."""

from __future__ import annotations

from typing import Any

from ipscausal.figures import display_scale
from ipscausal.language import Catalogue
from ipscausal.report.released import Released, Row

Said = tuple[tuple[str, ...], tuple[str, ...]]
"""Sentences and short clauses of one line."""
NOTHING: Said = ((), ())


class Numbers:
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
        """A number of the outcome with its sign."""
        return self.words.style.signed(self._scale * value, 1)

    def method(self, row: Row) -> str:
        """The name of the row's method."""
        return self.words.name_of("method", str(row["method"]), "name")

    def said(self, key: str, **values: Any) -> Said:
        """A sentence and its short form."""
        told = {**self.common, **values}
        return (self.words.text(f"answer.{key}", **told),), (self.words.text(f"answer.short.{key}", **told),)


def joined(*parts: Said) -> Said:
    """Several lines as one."""
    return tuple(text for part in parts for text in part[0]), tuple(text for part in parts for text in part[1])


def has_interval(row: Row) -> bool:
    """Whether a method judged the effect: an interval and the p-value of its test."""
    return None not in (row["conf_low"], row["conf_high"], row["p_value"])
