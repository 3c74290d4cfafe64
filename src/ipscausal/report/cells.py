"""Numbers of released rows as texts: ":" where withheld, a dash where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ipscausal.figures import display_scale
from ipscausal.language import MISSING, WITHHELD, Catalogue
from ipscausal.report.released import Row


class Cells:
    """Texts of one language for the cells of released rows."""

    def __init__(self, words: Catalogue) -> None:
        self._words = words
        self._style = words.style

    def number(self, row: Row, column: str, decimals: int = 1) -> str:
        """A number on the scale on which its outcome is shown."""
        return self._shown(row, column) or self._style.number(_scaled(row, column), decimals)

    def signed(self, row: Row, column: str, decimals: int = 1) -> str:
        """As `number`, with its sign."""
        return self._shown(row, column) or self._style.signed(_scaled(row, column), decimals)

    def plain(self, row: Row, column: str, decimals: int = 0) -> str:
        """A number that has no outcome's scale: counts, degrees of freedom, standardised differences."""
        return self._shown(row, column) or self._style.number(row[column], decimals)

    def share(self, row: Row, column: str) -> str:
        """A share in [0, 1] as percent."""
        return self._shown(row, column) or self._style.percent(row[column])

    def shares(self, row: Row, low: str, high: str) -> str:
        """A range of shares as percent."""
        if row[low] is None or row[high] is None:
            return self._shown(row, low)
        return f"{self.share(row, low)} {self._style.to} {self.share(row, high)}"

    def interval(self, row: Row, low: str = "conf_low", high: str = "conf_high", decimals: int = 1) -> str:
        """An interval, or the reason for none."""
        if row[low] is None or row[high] is None:
            return self._shown(row, "estimate" if "estimate" in row else low) or MISSING
        return self._style.interval(_scaled(row, low), _scaled(row, high), decimals)

    def p_value(self, row: Row) -> str:
        """A p-value with its rank or its floor; never bare where it has one."""
        p = row["p_value"]
        if p is None:
            return self._shown(row, "estimate") or MISSING
        if row.get("rank") is not None:
            return self._words.text("report.rank_cell", p=p, rank=row["rank"], of=row["rank_of"])
        if row.get("p_floor"):
            return self._words.text("report.p_floor", p=p, floor=row["p_floor"])
        return self._style.p_value(p)

    def _shown(self, row: Row, column: str) -> str:
        if row[column] is not None:
            return ""
        return MISSING if row["state"] == "released" else WITHHELD


def withheld_note(words: Catalogue, rows: Iterable[Row]) -> str:
    """What a withheld cell is, under a table that has one."""
    return words.raw("report.suppressed_note") if any(row["state"] != "released" for row in rows) else ""


def _scaled(row: Row, column: str) -> Any:
    return row[column] * display_scale(str(row.get("outcome", row.get("variable", ""))))
