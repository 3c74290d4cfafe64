"""One error tree. Each class carries the exit code of the command line.

An error names file, column, rule and count and says what to do; it never carries a person's
identifier, value or row (a log is a different privacy level from an output).
"""

from __future__ import annotations

from typing import Any


class IpsError(Exception):
    """Base of everything ipscausal raises on purpose.

    `problems` lists every violation found, not only the first; `remedy` says what to do next. `found` is what the
    command had to tell beside the error: --json prints both in one document.
    """

    exit_code = 1
    topic = "bug"
    """What `ipscausal explain` calls this kind of error."""

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)
        self.remedy = remedy
        self.found: dict[str, Any] = {}

    def __str__(self) -> str:
        lines = [self.message, *(f"  - {problem}" for problem in self.problems)]
        if self.remedy:
            lines.append(f"What to do: {self.remedy}")
        return "\n".join(lines)


class UsageError(IpsError):
    """The command cannot be carried out as asked (arguments, folders, formats not built)."""

    exit_code = 2
    topic = "usage"


class StudyError(IpsError):
    """The study file is wrong: unknown keys, bad values, choices that contradict each other."""

    exit_code = 2
    topic = "study"


class ExtractError(IpsError):
    """An extract is missing, unreadable or lacks a declared column."""

    exit_code = 3
    topic = "extracts"


class ContractError(IpsError):
    """The extracts break a rule of the contract whose severity is `error`."""

    exit_code = 3
    topic = "contract"


class DisclosureError(IpsError):
    """A rule was loosened without an exception, or no headline may leave."""

    exit_code = 4
    topic = "disclosure"


class IdentificationError(IpsError):
    """The design does not identify the effect, or an estimator refuses the panel."""

    exit_code = 5
    topic = "identification"


class WarehouseError(IpsError):
    """The engine failed: a model that breaks its declared grain, or a defect."""

    exit_code = 1
    topic = "engine"


class MachineError(WarehouseError):
    """The machine does not let the command finish: memory, disk, or a process that was ended. Nobody's defect."""

    exit_code = 2
    topic = "machine"


class EngineMemoryError(MachineError):
    """The engine ran out of memory and could not spill."""

    topic = "memory"
