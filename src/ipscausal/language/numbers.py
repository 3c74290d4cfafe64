"""Numbers and dates as a language writes them.

True minus (U+2212) in every language; Norwegian has a decimal comma, a no-break space between
thousands and before the percent sign (Språkrådet's rules of writing).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass

MINUS = "\u2212"
NO_BREAK_SPACE = "\u00a0"
WITHHELD = ":"
"""Statistics Norway's symbol for a number that exists and is not shown."""
MISSING = "\u2013"
"""A number that does not exist for this row."""


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """Separators and words of one language.

    words: zero, one, two, ... as written in running text; months: January to December.
    """

    decimal: str
    thousands: str
    percent_gap: str
    to: str
    conjunction: str
    date: str
    words: tuple[str, ...]
    months: tuple[str, ...]

    def number(self, value: float, decimals: int) -> str:
        """`value` rounded to `decimals`, thousands grouped; a rounded zero never has a sign."""
        if not math.isfinite(value):
            raise ValueError("a number that is not finite cannot be printed")
        digits = f"{abs(value):,.{decimals}f}"
        negative = value < 0 and any(digit in "123456789" for digit in digits)
        local = digits.replace(",", "\0").replace(".", self.decimal).replace("\0", self.thousands)
        return (MINUS if negative else "") + local

    def signed(self, value: float, decimals: int) -> str:
        """As `number`, with a plus sign before a positive number."""
        text = self.number(value, decimals)
        shows_digit = any(digit in "123456789" for digit in text)
        return f"+{text}" if value > 0 and shows_digit else text

    def percent(self, share: float, decimals: int = 0) -> str:
        """A share in [0, 1] as percent."""
        return f"{self.number(100 * share, decimals)}{self.percent_gap}%"

    def p_value(self, value: float) -> str:
        """Three decimals, two from 0.1 on; below 0.001 as an inequality."""
        if value < 0.001:
            return f"<{NO_BREAK_SPACE}{self.number(0.001, 3)}"
        return self.number(value, 2 if value >= 0.0995 else 3)

    def p_relation(self, value: float) -> str:
        """`p_value` after "=" unless it is an inequality itself; no line breaks inside."""
        shown = self.p_value(value)
        return shown if shown.startswith("<") else f"={NO_BREAK_SPACE}{shown}"

    def interval(self, low: float, high: float, decimals: int) -> str:
        """`low` to `high` with the word between them (a dash would read as a minus)."""
        return f"{self.number(low, decimals)} {self.to} {self.number(high, decimals)}"

    def listed(self, items: Iterable[object]) -> str:
        """a, b and c."""
        texts = [str(item) for item in items]
        if len(texts) < 2:
            return "".join(texts)
        return f"{', '.join(texts[:-1])} {self.conjunction} {texts[-1]}"

    def day(self, value: dt.date) -> str:
        """A date in words."""
        return self.date.format(day=value.day, month=self.months[value.month - 1], year=value.year)

    def day_of_year(self, month: int, day: int) -> str:
        """A day of any year in words."""
        return self.date.format(day=day, month=self.months[month - 1], year="").strip()

    def word(self, value: int) -> str:
        """A small whole number in words, a larger one in digits."""
        return self.words[value] if 0 <= value < len(self.words) else self.number(value, 0)
