"""The hand-over from numbers to disclosure: flat tables, facts and notices of one run.

Nothing here computes. `restricted/results.json` is `Results.to_json`; `disclosure` reads it,
so that the way out can be walked again without touching the extracts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
TABLES = (
    "headline", "estimates", "event_study", "vcov", "diagnostics", "calibration", "placebo", "leave_one_out", "flow",
    "baseline", "trends", "estimators", "decomposition", "sensitivity", "honest", "specification_curve", "subgroups",
    "dose", "municipality_effects", "composition", "second_population",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence the reader must see, by catalogue key with its numbers (`language` words it)."""

    code: str
    level: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Results:
    """Everything a run found, unsuppressed.

    tables: name -> rows (flat mappings, missing is None), names as in `TABLES`.
    facts: single values of the design and the run (counts, years, codes of the treated).
    notices: warnings in the order they should be read.
    study: the resolved study; provenance: versions, hashes, times of the run.
    """

    tables: Mapping[str, tuple[Row, ...]]
    facts: Mapping[str, Any]
    notices: tuple[Notice, ...]
    study: Mapping[str, Any]
    provenance: Mapping[str, Any]

    def to_json(self) -> str:
        """ASCII JSON with sorted keys; NaN is refused so that a missing number is always null."""
        document = {
            "schema_version": 1,
            "tables": {name: [dict(row) for row in rows] for name, rows in self.tables.items()},
            "facts": dict(self.facts),
            "notices": [{"code": n.code, "level": n.level, "values": dict(n.values)} for n in self.notices],
            "study": dict(self.study),
            "provenance": dict(self.provenance),
        }
        return json.dumps(document, indent=1, sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Results:
        """Inverse of `to_json`."""
        document = json.loads(text)
        return cls(
            tables={name: tuple(rows) for name, rows in document["tables"].items()},
            facts=document["facts"],
            notices=tuple(Notice(n["code"], n["level"], n["values"]) for n in document["notices"]),
            study=document["study"],
            provenance=document["provenance"],
        )
