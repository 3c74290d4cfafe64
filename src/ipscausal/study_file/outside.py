"""What a study file says of the world outside it: where files may lie, which calendars are known.

Each value is right in itself, so the declarations in `Study` let it pass; told here it comes with its
line, and not only after the extracts have been read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from ipscausal.study import Outcome
from ipscausal.study_file.mistakes import Mistake
from ipscausal.study_file.wording import quoted


def outside(data: Mapping[str, Any]) -> list[Mistake]:
    """Paths that leave the extracts folder, and a country whose working days nobody here knows."""
    return [*_paths(_section(data, "extracts")), *_country(_section(data, "outcome"))]


def _section(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = data.get(name)
    return section if isinstance(section, Mapping) else {}


def _paths(extracts: Mapping[str, Any]) -> list[Mistake]:
    paths = {name: table["path"] for name, table in extracts.items() if isinstance(table, Mapping) and "path" in table}
    return [
        Mistake(
            ("extracts", name, "path"),
            f"{quoted(path)} leads out of the extracts folder",
            "valid: a file, folder or pattern below the folder of --extracts, without a drive, a leading slash or ..",
        )
        for name, path in paths.items()
        if isinstance(path, str) and _leaves(path)
    ]


def _leaves(path: str) -> bool:
    """Whether a path is absolute or climbs, in the spelling of either family of systems."""
    return any(pure.anchor or ".." in pure.parts for pure in (PurePosixPath(path), PureWindowsPath(path)))


def _country(outcome: Mapping[str, Any]) -> list[Mistake]:
    country = outcome.get("country")
    counts_holidays = outcome.get("days", Outcome().days) == "working days"
    if not counts_holidays or not isinstance(country, str) or not re.fullmatch("[A-Z]{2}", country):
        return []
    import holidays  # only here: reading a study that names no country needs no calendar

    if country in holidays.list_supported_countries(include_aliases=True):
        return []
    return [
        Mistake(
            ("outcome", "country"),
            f"no public holidays are known for {quoted(country)}",
            'valid: a country code such as "NO", "SE", "DK" or "GB"; or days = "weekdays", which needs no holidays',
        )
    ]
