"""Comparison municipalities to choose from, described by years before the first start and nothing later.

One row per municipality: size, level and yearly change of the primary outcome, distance to the
treated, and what the rollout file says. Choosing on this table cannot be choosing on the effect.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ipscausal import figures, municipality_year
from ipscausal.language import study_words
from ipscausal.panel import FloatArray, Panel
from ipscausal.person_year import Joining, joining

if TYPE_CHECKING:
    from ipscausal.study import Study
    from ipscausal.warehouse import Warehouse

TREATED, LISTED, CANDIDATE = "treated", "listed", "candidate"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One municipality before the first start.

    role: `treated` (for comparison), `listed` (named in the study) or `candidate`.
    programme: what is recorded of it: `study` (the study's programme), `other` (another one in the rollout file),
    `none` or `unknown` (in neither the rollout nor a delivered table of municipalities).
    start_year: first start of that programme, None without one.
    persons: mean recipients a year; persons_low: the smallest year.
    level: mean outcome over person-years, in the outcome's unit. trend: slope per year, least squares
    through the yearly means weighted by persons; None with fewer than two years.
    distance: see `distances`; None where a part of it is missing.
    """

    municipality: str
    role: str
    programme: str
    start_year: int | None
    persons: float
    persons_low: int
    level: float
    trend: float | None
    distance: float | None


def candidates(warehouse: Warehouse, study: Study) -> tuple[Candidate, ...]:
    """Every municipality that is untreated in the study's window, nearest first, below the treated ones.

    Needs registered extracts. Municipalities with the programme in the window outside the study's treated
    are no candidates and left out. Raises IdentificationError where no programme starts inside the window.
    """
    panel = municipality_year.candidate_cells(warehouse, study).panel(study.outcome.name)
    joined = joining(warehouse, study)
    recorded = _recorded(warehouse, study, joined)
    roles = np.array([_role(code, recorded.get(code), study, joined) for code in panel.municipality])
    persons, level, trend = moments(panel)
    far = distances(persons, level, trend, roles == TREATED)
    rows = [
        Candidate(
            municipality=code,
            role=str(roles[g]),
            programme=recorded.get(code, _NOT_RECORDED).programme,
            start_year=_year(recorded.get(code, _NOT_RECORDED).start),
            persons=float(persons[g]),
            persons_low=int(panel.persons[g].min()),
            level=float(level[g]),
            trend=_known(trend[g]),
            distance=None if roles[g] == TREATED else _known(far[g]),
        )
        for g, code in enumerate(panel.municipality)
        if roles[g]
    ]
    return tuple(sorted(rows, key=lambda row: (row.role != TREATED, row.distance is None, row.distance or 0.0)))


def moments(panel: Panel) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(G,) mean persons a year, mean outcome over person-years, and slope per year (NaN below two years)."""
    weight, years = panel.weight, panel.years.astype(np.float64)
    total = weight.sum(axis=1)
    level = panel.y.sum(axis=1) / total
    centred = years[None, :] - (weight @ years / total)[:, None]
    spread = (weight * centred**2).sum(axis=1)
    slope = np.divide((panel.y * centred).sum(axis=1), spread, out=np.full(total.shape, np.nan), where=spread > 1e-9)
    return panel.persons.mean(axis=1), level, slope


def distances(persons: FloatArray, level: FloatArray, trend: FloatArray, treated: NDArray[np.bool_]) -> FloatArray:
    """(G,) root mean square of three standardised gaps to the mean of the treated.

    The three are log persons a year, level and trend. Each gap is divided by the standard deviation of
    that measure over the untreated municipalities; a measure that does not vary there is left out.
    """
    measures = np.column_stack([np.log(persons), level, trend])
    with np.errstate(invalid="ignore"):
        usual = np.array([_deviation(column[~treated]) for column in measures.T])
        gaps = (measures - measures[treated].mean(axis=0)) / usual
        distance: FloatArray = np.sqrt((gaps[:, usual > 0] ** 2).mean(axis=1))
    return distance


def _deviation(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.std(ddof=1)) if len(known) > 1 and np.ptp(known) > 0 else np.nan


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class _Record:
    programme: str
    start: dt.date | None


_NOT_RECORDED = _Record("unknown", None)


def _role(code: str, record: _Record | None, study: Study, joined: Joining) -> str:
    """The role of a municipality, empty where it is neither treated in the study nor untreated in its window."""
    start = record.start if record is not None and record.programme == "study" else None
    if start is not None and study.counts_from(start) <= study.last_period:
        chosen = study.design.treated == "rollout" or code in joined.units(study.design.treated)
        return TREATED if chosen and start.year > study.first_year else ""
    return LISTED if code in joined.units(study.design.comparison_municipalities) else CANDIDATE


def _recorded(warehouse: Warehouse, study: Study, joined: Joining) -> dict[str, _Record]:
    """What the delivery says of each unit of the study; the study's programme goes before another, early before late.

    Without a table of municipalities the rollout is taken to be complete only for those it names.
    """
    records: dict[str, _Record] = {}
    if study.extracts.municipalities is not None:
        codes = warehouse.arrow("extract_municipalities").column("municipality").to_pylist()
        records = dict.fromkeys(joined.units(filter(None, codes)), _Record("none", None))
    rows = [(_start(row["start_date"]), row) for row in warehouse.arrow("extract_rollout").to_pylist()]
    known = [
        (start, _of_study(row, study), unit)
        for start, row in rows
        if start is not None and row["municipality"]
        for unit in sorted(joined.units([row["municipality"]]))
    ]
    for start, of_study, code in sorted(known, key=lambda one: (not one[1], one[0])):
        if records.get(code, _NOT_RECORDED).start is None:
            records[code] = _Record("study" if of_study else "other", start)
    return records


def _of_study(row: Mapping[str, Any], study: Study) -> bool:
    return study.design.programme in (None, row["programme"])


def _start(text: str | None) -> dt.date | None:
    """None for what is no date: the contract judges the study's programme only, rows of others may be worse."""
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return None


def _year(start: dt.date | None) -> int | None:
    return None if start is None else start.year


def table(rows: Sequence[Candidate]) -> str:
    """CSV of the rows, floats unrounded, missing empty."""
    text = io.StringIO()
    lines = csv.DictWriter(text, [field.name for field in fields(Candidate)], lineterminator="\n")
    lines.writeheader()
    lines.writerows(asdict(row) for row in rows)
    return text.getvalue()


def write(rows: Sequence[Candidate], study: Study, folder: Path) -> None:
    """candidates.csv, and the figure as SVG and PNG in the first language of the report."""
    drawn = [asdict(row) for row in rows]
    labels = figures.candidates_labels(
        study_words(study.report.languages[0], study.model_dump(mode="json")), study.outcome.name, drawn
    )
    figure = figures.candidates(drawn, labels)
    (folder / "candidates.csv").write_text(table(rows), encoding="utf-8", newline="\n")
    (folder / "candidates.svg").write_text(figures.svg(figure, labels), encoding="utf-8", newline="\n")
    (folder / "candidates.png").write_bytes(figures.png(figure, labels))
