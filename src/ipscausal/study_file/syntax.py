"""Text that is not UTF-8 or not TOML, explained by line with the usual causes."""

from __future__ import annotations

import datetime as dt
import re

from ipscausal.errors import StudyError

_DATE = re.compile(r"(?<![\w.\"'-])(\d{4})-(\d{2})-(\d{2})(?![\d\"'])")
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


def decode(data: bytes, name: str) -> str:
    """UTF-8 text. Raises StudyError naming the first line that is something else."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        problem = f"{name}:{line}: column {column} is not UTF-8 text"
        raise StudyError(
            f"{name}: the file is not UTF-8 text",
            problems=(problem,),
            remedy='save the file again with the encoding "UTF-8" (not latin-1, Windows-1252 or UTF-16)',
        ) from None
    return text.replace("\r\n", "\n")


def not_toml(error: ValueError, text: str, name: str) -> str:
    """One line-numbered sentence for a TOML syntax error, with a hint where the cause is a usual one."""
    message = str(error)
    place = _PLACE.search(message)
    lines = text.splitlines() or [""]
    number = int(place[1]) if place and place[1] else len(lines)
    number = min(number, len(lines))
    line = lines[number - 1].strip()
    reason = _PLACE.sub("", message).lower() if place else "a value cannot be read"
    if "cannot overwrite" in reason or "twice" in reason:
        reason = "this key or section is written twice"
    if impossible := _impossible_date(line):
        reason = f"{impossible} is no day of the calendar"
    parts = [f"{name}:{number}: {reason}", f"{number:>8} | {line[:120]}"]
    if hint := _hint(line, reason):
        parts.append(f"           {hint}")
    return "\n".join(parts)


def _impossible_date(line: str) -> str:
    """The first date outside quotes that no calendar holds, which a parser takes for other mistakes; or nothing."""
    for found in _DATE.finditer(re.sub(r'"[^"]*"|\'[^\']*\'', "", line).partition("#")[0]):
        try:
            dt.date.fromisoformat(found[0])
        except ValueError:
            return found[0]
    return ""


def _hint(line: str, reason: str) -> str:
    value = (line.partition("=")[2] or line).strip()
    if "\\" in value:
        return "write paths with / or put them in single quotes: 'folder/file.parquet'"
    if re.match(r"^-?\d+,\d+\s*(#.*)?$", value):
        return "decimals are written with a point: 0.95"
    if re.match(r"^(True|False|yes|no|ja|nei)\b", value):
        return "write true or false, in small letters and without quotes"
    if reason == "invalid value" and re.match(r"^[A-Za-zÆØÅæøå]", value):
        return 'texts stand in quotes: "..."'
    if re.match(r"^0\d+\b", value):
        return 'codes with a leading zero are texts: "0301"'
    if line and "=" not in line and not line.startswith(("[", '"', "'")):
        return "a line is a [section] or key = value"
    return ""
