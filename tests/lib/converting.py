"""Converting one file in a test, and the problems that it is refused with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ipscausal.convert import Choices, Converted, convert
from ipscausal.errors import ExtractError
from ipscausal.study import Study

SECRET = "PLANTED4711"  # noqa: S105
REMEDY = "correct the files, or say with an option how they are to be read; nothing was written"


def silent(_: str, __: int, ___: int) -> None: ...


def done(source: Path, out: Path, table: str | None, study: Study | None = None, **choices: Any) -> Converted:
    (one,) = convert(source, out, table, study, Choices(**choices), silent)
    return one


def problems(source: Path, table: str, **choices: Any) -> list[str]:
    out = source.parent / "out"
    with pytest.raises(ExtractError) as raised:
        convert(source, out, table, None, Choices(**choices), silent)
    assert (raised.value.exit_code, raised.value.remedy) == (3, REMEDY)
    assert not out.exists()
    assert SECRET not in str(raised.value)
    return list(raised.value.problems)


def text(folder: Path, content: str, encoding: str = "utf-8", name: str = "persons.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode(encoding))
    return path
