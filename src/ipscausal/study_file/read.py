"""From the bytes of a study file to a `Study`, or to one error that lists every mistake."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ipscausal.errors import StudyError
from ipscausal.study import Study
from ipscausal.study_file.lines import Path as KeyPath
from ipscausal.study_file.lines import key_lines, nearest_line
from ipscausal.study_file.mistakes import Mistake, contradictions, mistakes
from ipscausal.study_file.outside import outside
from ipscausal.study_file.syntax import decode, not_toml

_REMEDY = "correct what is listed; `ipscausal init --out DIR` writes a study file with every key explained"


def read_study(path: str | Path) -> Study:
    """The study described by a TOML file.

    Raises StudyError with all mistakes at once: a missing or unreadable file, text that is not
    UTF-8 or not TOML, unknown keys, values out of range.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise StudyError(f"{path.name}: there is no such study file", remedy=_nearby(path.parent)) from None
    except IsADirectoryError:
        raise StudyError(f"{path.name}: this is a folder, not a study file", remedy=_nearby(path)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not usable"
        raise StudyError(
            f"{path.name}: cannot be read ({reason})", remedy="check the path and its permissions"
        ) from None
    return parse_study(decode(data, path.name), path.name)


def parse_study(text: str, name: str = "study.toml") -> Study:
    """`read_study` for text already in memory; `name` stands in the messages."""
    try:
        # strict validation tells a list from a tuple, TOML does not
        data = _tuples(tomllib.loads(text))
        lines = key_lines(text)
        study, found = _validate(data)
    except RecursionError:
        raise StudyError(f"{name}: brackets are nested too deeply", remedy=_REMEDY) from None
    except ValueError as error:
        raise StudyError(f"{name}: not valid TOML", problems=(not_toml(error, text, name),), remedy=_REMEDY) from None
    if study is not None:
        return study
    problems = tuple(_render(mistake, lines, text.splitlines(), name) for mistake in _by_line(found, lines))
    plural = "mistake" if len(problems) == 1 else "mistakes"
    raise StudyError(f"{name}: {len(problems)} {plural}", problems=problems, remedy=_REMEDY)


def _validate(data: Mapping[str, Any]) -> tuple[Study | None, list[Mistake]]:
    """The study, or every mistake."""
    elsewhere = outside(data)
    try:
        study = Study.model_validate(data, strict=True)
    except ValidationError as error:
        found = mistakes(error, data)
        return None, found + contradictions(data, found) + elsewhere
    return (None if elsewhere else study), elsewhere


def _by_line(found: list[Mistake], lines: Mapping[KeyPath, int]) -> list[Mistake]:
    return sorted(found, key=lambda mistake: nearest_line(lines, mistake.path) or 0)


def _render(mistake: Mistake, lines: Mapping[KeyPath, int], text: list[str], name: str) -> str:
    """`study.toml:7: design.comparison: fault`, the line, the valid values."""
    line = nearest_line(lines, mistake.path)
    dotted = ".".join(str(part) for part in mistake.path if isinstance(part, str))
    parts = [f"{name}:{line or 1}: {dotted}: {mistake.fault}"]
    if line is not None:
        parts.append(f"{line:>8} | {text[line - 1].strip()[:120]}")
    if mistake.valid:
        parts.append(f"           {mistake.valid}")
    return "\n".join(parts)


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    return value


def _nearby(folder: Path) -> str:
    """Name the TOML files that do exist there; the folder itself stays unnamed."""
    try:
        there = sorted(file.name for file in folder.glob("*.toml"))[:5]
    except (OSError, ValueError):
        there = []
    start = "`ipscausal init --out DIR` writes one to start from"
    return f"that folder holds {', '.join(there)}; or {start}" if there else start
