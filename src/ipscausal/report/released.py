"""The release folder as values: what the report may know."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipscausal.disclosure import RELEASED_TABLES, WITHOUT_FILE, ReleasedTable, Role
from ipscausal.errors import UsageError
from ipscausal.periods import COLUMNS, of_label

Row = Mapping[str, Any]
NUMERIC_KEYS = frozenset(
    {
        "event_time", "level", "n_municipalities", "n_treated", "n_clusters", "n_treated_clusters", "rank_of",
        "days_per_work_year", "period_from", "period_to", "year", "municipalities", "step", "cohort", "draws",
        "placebo_space_n", "placebo_time_n", "count",
    }
)  # fmt: skip
WORDED_STATISTICS = frozenset({"level", "flips_sign", "flips_verdict", "differs", "verdict", "without", "side"})
"""Of a diagnostic the level is a word; of an interval, where it is a key, a number."""
WORDED_KEYS = {"subgroups": frozenset({"level"})}
"""Keys that are numbers in other tables."""


@dataclass(frozen=True, slots=True)
class Released:
    """Tables (name -> rows; withheld or missing is None), facts, rules, notices, study and provenance."""

    tables: Mapping[str, tuple[Row, ...]]
    facts: Mapping[str, Any]
    rules: Mapping[str, Any]
    notices: tuple[Mapping[str, Any], ...]
    study: Mapping[str, Any]
    provenance: Mapping[str, Any]
    withheld: tuple[Row, ...]

    @property
    def outcome(self) -> str:
        """Name of the primary outcome."""
        return str(self.study["outcome"]["name"])

    @property
    def treated(self) -> int:
        """Number of treated municipalities."""
        return int(self.facts["n_treated"])

    @property
    def level(self) -> float:
        """Confidence level of the intervals."""
        return float(self.study["inference"]["level"])

    def effect(self, outcome: str, role: str = "primary") -> Row | None:
        """The average effect on an outcome by the method of a role; None where there is none."""
        found = self.rows("estimates", outcome=outcome, term="att", role=role)
        return found[0] if found else None

    def diagnostic(self, key: str) -> Row | None:
        """The diagnostic of the primary outcome, where it has a value that may leave."""
        found = self.rows("diagnostics", outcome=self.outcome, diagnostic=key)
        return found[0] if found and found[0]["value"] is not None else None

    def rows(self, table: str, **keys: Any) -> tuple[Row, ...]:
        """Rows of a table whose key columns have these values."""
        return tuple(row for row in self.tables[table] if all(row[name] == value for name, value in keys.items()))


def read(folder: Path) -> Released:
    """Read a release folder. Raises UsageError when it is not one."""
    needed = [f"{table.name}.csv" for table in RELEASED_TABLES if table.name not in WITHOUT_FILE]
    needed += ["withheld.csv", "facts.json", "study.json", "provenance.json"]
    missing = tuple(name for name in needed if not (folder / name).is_file())
    if missing:
        raise UsageError(
            f"{folder.name} is not a release folder", problems=tuple(f"missing: {name}" for name in missing),
            remedy="run `ipscausal run` or `ipscausal release` first",
        )  # fmt: skip
    numeric = {table.name: _numeric(table) for table in RELEASED_TABLES}
    facts = _json(folder / "facts.json")
    return Released(
        tables={name: _csv(folder / f"{name}.csv", columns) for name, columns in numeric.items()},
        facts=_numbered(facts["facts"]),
        rules=facts["rules"],
        notices=tuple(facts["notices"]),
        study=_json(folder / "study.json"),
        provenance=_json(folder / "provenance.json"),
        withheld=_csv(folder / "withheld.csv", frozenset()),
    )


def _numeric(table: ReleasedTable) -> frozenset[str]:
    counted = frozenset(table.names(Role.COUNT, Role.STATISTIC)) - WORDED_STATISTICS
    worded = WORDED_KEYS.get(table.name, frozenset())
    return counted | (NUMERIC_KEYS.intersection(table.names(Role.KEY)) - worded)


def _numbered(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts with periods as numbers, however they are written."""
    dates = {code: of_label(str(told)) for code, told in facts.get("adoption_years", {}).items()}
    ends = {name: of_label(str(told)) for name, told in facts.items() if name in ("first_year", "last_year")}
    return facts | ends | {"adoption_years": dates}


def _json(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
    return document


def _csv(path: Path, numeric: frozenset[str]) -> tuple[Row, ...]:
    """Rows of a table; none where there is no file, as of a table that the study does not have."""
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple({name: _value(name, text, numeric) for name, text in row.items()} for row in csv.DictReader(lines))


def _value(name: str, text: str, numeric: frozenset[str]) -> Any:
    if text == "":
        return None
    if name in numeric and name in COLUMNS:
        return of_label(text)
    if name in numeric:
        number = float(text)
        return int(number) if number.is_integer() else number
    return {"true": True, "false": False}.get(text, text)
