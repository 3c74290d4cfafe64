"""What changed between two runs, and which released numbers moved by how much.

The numbers are those of `release/`, so that the comparison tells no more than what may leave; study, extracts, SQL and
versions are those of `manifest.json` and of the released study.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipscausal.disclosure import RELEASED_TABLES, ReleasedTable, Role
from ipscausal.errors import UsageError
from ipscausal.outputs import read_manifest, require_whole
from ipscausal.report import Released, read

RELEASE = "release"
_VERSIONS = ("python", "engine", "packages", "seed", "memory_limit", "threads", "platform")
_ERROR = "std_error"
_DESCRIBES = frozenset({
    "status", "level", "days_per_work_year", "period", "small_sample", "rank_of", "n_municipalities", "n_treated",
    "n_clusters", "n_treated_clusters", "municipalities", "draws", "placebo_space_n", "placebo_time_n", "declared",
})  # fmt: skip
"""Keys that tell how a row came about, not which it is: with one municipality fewer it is the same row still."""


@dataclass(frozen=True, slots=True)
class Change:
    """A choice, input, model or version that is not the same; None where one run does not have it."""

    what: str
    first: Any
    second: Any


@dataclass(frozen=True, slots=True)
class Moved:
    """A released number that is not the same; None where it is withheld or absent.

    row: its keys in words. in_errors: the difference in standard errors of the first run, where the row has one.
    """

    table: str
    row: str
    column: str
    first: float | None
    second: float | None
    in_errors: float | None = None


@dataclass(frozen=True, slots=True)
class TwoRuns:
    """The difference of two runs; every list is empty where nothing differs. compared: numbers per released table."""

    study: tuple[Change, ...]
    extracts: tuple[Change, ...]
    sql: tuple[Change, ...]
    versions: tuple[Change, ...]
    compared: Mapping[str, int]
    moved: tuple[Moved, ...]
    headlines: tuple[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None], ...]


def compare(first: Path, second: Path) -> TwoRuns:
    """Compare two output folders of `run` or `pool`. Raises UsageError without a whole release."""
    made = [_manifest(folder) for folder in (first, second)]
    found = [read(folder / RELEASE) for folder in (first, second)]
    compared, moved = {}, []
    for table in RELEASED_TABLES:
        cells = [_cells(table, released) for released in found]
        compared[table.name] = len(cells[0].keys() | cells[1].keys())
        moved += list(_moved(table.name, *cells))
    return TwoRuns(
        study=_changes(*(_flat(released.study) for released in found)),
        extracts=_changes(*(_inputs(manifest) for manifest in made)),
        sql=_changes(*(manifest.get("sql", {}) for manifest in made)),
        versions=_changes(*(_versions(manifest) for manifest in made)),
        compared=compared,
        moved=tuple(moved),
        headlines=_headlines(*found),
    )


def _manifest(folder: Path) -> Mapping[str, Any]:
    """The manifest of a run whose release is as it was written: a number edited since has not moved between runs."""
    manifest = read_manifest(folder)
    if manifest is None or RELEASE not in manifest["parts"]:
        raise UsageError(
            f"{folder.name}: no finished run lies here", remedy="give two folders that `ipscausal run --out` made"
        )
    return require_whole(folder, (RELEASE,), "make it anew with `ipscausal release`")


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested sections as dotted keys; lists of sections by their place."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{name}.")
        elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            for place, item in enumerate(value, start=1):
                flat |= _flat(item, f"{name}[{place}].")
        else:
            flat[name] = value
    return flat


def _changes(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[Change, ...]:
    names = dict.fromkeys((*first, *second))
    return tuple(
        Change(name, first.get(name), second.get(name)) for name in names if first.get(name) != second.get(name)
    )


def _inputs(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Table -> rows and the start of its fingerprint."""
    return {one["table"]: f"{one['rows']:,} rows, {one['sha256'][:12]}" for one in manifest.get("inputs", ())}


def _versions(manifest: Mapping[str, Any]) -> dict[str, Any]:
    own = {"ipscausal": manifest["software"].get("release")}
    return own | _flat({name: manifest.get(name) for name in _VERSIONS})


def _cells(table: ReleasedTable, released: Released) -> dict[tuple[str, str], tuple[float | None, float | None]]:
    """(keys of a row in words, column) -> the number and the standard error of its row."""
    found: dict[tuple[str, str], tuple[float | None, float | None]] = {}
    seen: dict[str, int] = {}
    keys = table.names(Role.KEY)
    # the level of a subgroup is its name, that of an interval is not
    describing = _DESCRIBES - {"level"} if "dimension" in keys else _DESCRIBES
    named, numbers = [key for key in keys if key not in describing], [key for key in keys if key in describing]
    for row in released.tables[table.name]:
        name = " ".join(f"{key}={row[key]}" for key in named if row.get(key) is not None)
        seen[name] = seen.get(name, 0) + 1
        label = name if seen[name] == 1 else f"{name} ({seen[name]})"
        for column in (*table.names(Role.COUNT, Role.STATISTIC), *numbers):
            value = row.get(column)
            if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
                found[label, column] = (value, row.get(_ERROR))
    return found


def _moved(
    table: str,
    first: Mapping[tuple[str, str], tuple[float | None, float | None]],
    second: Mapping[tuple[str, str], tuple[float | None, float | None]],
) -> Iterator[Moved]:
    nothing = (None, None)
    for label, column in dict.fromkeys((*first, *second)):
        before, error = first.get((label, column), nothing)
        after, _ = second.get((label, column), nothing)
        if before != after:
            known = column == "estimate" and before is not None and after is not None and error
            in_errors = (after - before) / error if known else None  # type: ignore[operator]
            yield Moved(table, label, column, before, after, in_errors)


def _headlines(
    first: Released, second: Released
) -> tuple[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None], ...]:
    rows = [
        {(row["outcome"], row["term"], row["label"]): row for row in one.tables["headline"]} for one in (first, second)
    ]
    return tuple((rows[0].get(key), rows[1].get(key)) for key in dict.fromkeys((*rows[0], *rows[1])))
