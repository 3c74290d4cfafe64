"""What one registry hands over: a folder of cells with the study they are of, complete and without a person row."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ipscausal import municipality_year, person_year
from ipscausal.errors import UsageError
from ipscausal.municipality_year import CellTables
from ipscausal.outputs import file_sha256
from ipscausal.person_year import Population
from ipscausal.results import Notice
from ipscausal.study import Study

CELLS, POPULATION, MEMBER = "cells", "population.json", "member.json"
_AGAIN = "make the cells anew with `ipscausal cells`, `panel` or `run` of this version"


@dataclass(frozen=True, slots=True)
class Member:
    """One registry's cells. label: what messages call it. sql: SHA-256 by SQL model. digest: of all that was read.

    inputs: SHA-256 by delivered table. calendar: SHA-256 of the days that count, which public holidays decide.
    """

    label: str
    study: Study
    population: Population
    tables: CellTables
    notices: tuple[Notice, ...]
    sql: Mapping[str, str]
    engine: str
    digest: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    calendar: str = ""

    @property
    def municipalities(self) -> tuple[str, ...]:
        """Those with persons, in order."""
        return tuple(sorted(set(self.tables.tables["municipality_year"].column("municipality").to_pylist())))


def write_member(
    folder: Path, study: Study, population: Population, tables: CellTables, notices: Sequence[Notice],
    origin: Mapping[str, Any],
) -> None:  # fmt: skip
    """The cells as a new folder that stands for itself. origin: provenance of the counts."""
    municipality_year.write(tables, folder)
    (folder / POPULATION).write_text(person_year.population_to_json(population), encoding="ascii")
    document = {
        "schema_version": 1,
        "study": study.model_dump(mode="json"),
        "notices": [asdict(notice) for notice in notices],
        "software": origin["software"],
        "engine": origin["engine"],
        "sql": origin["sql"],
        "calendar": calendar_digest(study),
        "inputs": [{name: table[name] for name in ("table", "rows", "sha256")} for table in origin["inputs"]],
        "files": {path.name: file_sha256(path) for path in sorted(folder.iterdir())},
    }
    _write(folder / MEMBER, document)


def calendar_digest(study: Study) -> str:
    """SHA-256 of the days that count in the years of the study, as the installed version of `holidays` knows them."""
    counts = person_year.counted_day(study.outcome.days, study.outcome.country, study.first_year, study.last_year)
    first, last = dt.date(study.first_year, 1, 1), dt.date(study.last_year, 12, 31)
    days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return hashlib.sha256(" ".join(day.isoformat() for day in days if counts(day)).encode()).hexdigest()


def restate(folder: Path, study: Study) -> None:
    """The cells as those of `study`, which counts the same: what it says of estimation may be new."""
    document = json.loads((folder / MEMBER).read_text(encoding="ascii"))
    # the file may be shared with that of an earlier run, which stays as it is
    (folder / MEMBER).unlink()
    _write(folder / MEMBER, {**document, "study": study.model_dump(mode="json")})


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="ascii")


def read_member(given: Path) -> Member:
    """The cells below a folder of `cells`, `panel` or `run`, or of the folder `cells` itself.

    Raises UsageError where there are none, of another version, or changed since they were written.
    """
    places = (given / "restricted" / CELLS, given / CELLS, given)
    folder = next((place for place in places if (place / MEMBER).is_file()), None)
    if folder is None:
        raise UsageError(f"{given.name}: holds no cells", remedy=_AGAIN)
    text = (folder / MEMBER).read_bytes()
    try:
        document = json.loads(text)
        study = Study.model_validate(document["study"])
        notices = tuple(Notice(**notice) for notice in document["notices"])
        files, sql, engine = dict(document["files"]), dict(document["sql"]), str(document["engine"]["name"])
        calendar = str(document["calendar"])
        inputs = {str(table["table"]): str(table["sha256"]) for table in document["inputs"]}
    except (ValueError, TypeError, KeyError) as damaged:
        raise UsageError(f"{given.name}: {MEMBER} is damaged or of another version", remedy=_AGAIN) from damaged
    changed = [name for name, digest in files.items() if not _same(folder / name, digest)]
    if changed:
        raise UsageError(
            f"{given.name}: cells have been changed since they were counted",
            problems=tuple(f"{name}: missing or changed" for name in changed), remedy=_AGAIN,
        )  # fmt: skip
    return Member(
        label=given.name,
        study=study,
        population=person_year.population_from_json((folder / POPULATION).read_text(encoding="ascii")),
        tables=municipality_year.load(folder),
        notices=notices,
        sql=sql,
        engine=engine,
        digest=hashlib.sha256(text).hexdigest(),
        inputs=inputs,
        calendar=calendar,
    )


def _same(path: Path, digest: str) -> bool:
    return path.is_file() and file_sha256(path) == digest
