"""What the contract found: counts only, never a value, a row or a person."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from ipscausal.contract.rules import Severity
from ipscausal.errors import ContractError
from ipscausal.results import Notice

_REMEDY = "correct the delivery or the study file and run `ipscausal check` again; nothing was written"
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule with its count. `of` is the number of `unit` it was counted among."""

    rule: str
    table: str
    column: str
    severity: Severity
    says: str
    count: int
    of: int
    unit: str
    treatment: str
    remedy: str

    @property
    def share(self) -> float:
        """count / of; 0 where nothing was counted."""
        return self.count / self.of if self.of else 0.0

    @property
    def counted(self) -> str:
        """`12 of 3,400 rows (0.4 %)`; a small share never shows as nothing."""
        share = 100 * self.share
        percent = "<0.1" if 0 < share < 0.1 else f"{share:.1f}"
        return f"{self.count:,} of {self.of:,} {self.unit} ({percent} %)"


@dataclass(frozen=True, slots=True)
class ContractReport:
    """All rules that were checked. `findings`: those with a count, errors first; `passed`: names of the others.

    last_year: the last study year that counts: an earlier one than the study's where the delivery does not hold its
    last years whole and the study leaves them out.
    """

    findings: tuple[Finding, ...]
    passed: tuple[str, ...]
    last_year: int

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that stop a run."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings with a stated treatment."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What the reader of the results must know of the delivery; the other findings concern its owner."""
        years = [f.count for f in self.findings if f.rule.endswith("_year_without_start")]
        others = [f.count for f in self.findings if f.rule == "comparison_other_programme"]
        unknown = [f.count for f in self.findings if f.rule == "comparison_status_unknown"]
        counts = {
            "years_without_start": max(years, default=0),
            "other_programme": sum(others),
            "unknown_programme_status": sum(unknown),
        }
        notices = [Notice(code, "warning", {"count": count}) for code, count in counts.items() if count]
        incomplete = {f.rule.rpartition("_")[2] for f in self.findings if "_last_year_" in f.rule}
        notices += [Notice(f"last_year_{one}", "warning", {"year": self.last_year}) for one in sorted(incomplete)]
        return tuple(notices)

    def raise_for_errors(self, besides: Collection[str] = ()) -> None:
        """Raises ContractError listing every error with its count and what to do, but for those of rules `besides`."""
        errors = [error for error in self.errors if error.rule not in besides]
        if not errors:
            return
        problems = tuple(f"{e.table}: {e.says}: {e.counted}. {_sentence(e.remedy)} (rule {e.rule})" for e in errors)
        raise ContractError(
            f"the extracts break {_plural(len(problems), 'rule')} of the contract", problems=problems, remedy=_REMEDY
        )

    def to_json(self) -> str:
        """`quality.json`: ASCII, sorted keys, counts only."""
        return json.dumps(self.to_dict(), indent=1, sort_keys=True) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """The document of `to_json`."""
        return {
            "schema_version": 1,
            "errors": len(self.errors),
            "warnings": len(self.warnings),
            "findings": [{**asdict(finding), "share": round(finding.share, 6)} for finding in self.findings],
            "passed": list(self.passed),
        }

    @classmethod
    def from_json(cls, text: str, last_year: int) -> ContractReport:
        """The inverse of `to_json`, which does not hold the last year that counts."""
        document = json.loads(text)
        findings = ({name: row[name] for name in row if name != "share"} for row in document["findings"])
        return cls(tuple(Finding(**row) for row in findings), tuple(document["passed"]), last_year)

    def to_text(self) -> str:
        """The report for a console, at most 100 characters wide: a block per finding, with the name for `explain`."""
        counted = (_plural(len(self.errors), "error"), _plural(len(self.warnings), "warning"))
        lines = [f"{', '.join(counted)}, {_plural(len(self.passed), 'rule')} without a finding"]
        for finding in self.findings:
            lines += ["", *_wrap(f"{finding.severity.upper():8}{finding.table}: ", finding.says)]
            lines += _wrap(f"{'':8}count      ", finding.counted)
            lines += _wrap(f"{'':8}treatment  ", finding.treatment)
            lines += _wrap(f"{'':8}what to do ", finding.remedy)
            lines += _wrap(f"{'':8}rule       ", finding.rule)
        return "\n".join(lines) + "\n"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _wrap(head: str, text: str) -> list[str]:
    indent = " " * (len(head) if head.startswith(" ") else 8)
    return textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=indent)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
