"""Writes a registry: chunk by chunk, each from its own random stream, so memory is bounded and bytes repeat."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from synthetic_registry.background import Background, background
from synthetic_registry.carried import education_table, price_index_table
from synthetic_registry.days import Days, working_calendar
from synthetic_registry.defects import DEFECTS, OF_REFORMS, last_reported, plant
from synthetic_registry.effects import work_through_ips
from synthetic_registry.exits import with_exits
from synthetic_registry.layouts import LAYOUTS, SPELLS, laid_out
from synthetic_registry.population import People, draw_people, persons_needed
from synthetic_registry.scenario import Scenario, scenario
from synthetic_registry.shocks import local_rates
from synthetic_registry.spells import Spells, joined, work_without
from synthetic_registry.study_file import study_text
from synthetic_registry.tables import (
    benefits_table,
    changes_table,
    employment_table,
    municipalities_table,
    neighbours_table,
    persons_table,
    residence_table,
    rollout_row,
    rollout_table,
)
from synthetic_registry.truth import Cells, count, document

CHUNK = 8192
PARTICIPATION = 0.17  # of the recipients of a year, as reported by the programme
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Persons with both work histories: y0 is `without`; y1, the realised one, adds `through_ips`.

    `people` have the benefits of the realised history, `unexposed` those without IPS.
    """

    number: int
    people: People
    unexposed: People
    known: Background
    without: Spells
    through_ips: Spells


def write_registry(
    scenario_name: str,
    seed: int,
    out: str | os.PathLike[str],
    persons: int | None = None,
    defects: Iterable[str] = (),
    progress: Progress | None = None,
    layout: str = SPELLS,
) -> Path:
    """Write the extracts, truth.json and study.toml of a scenario into `out`, an absent or empty folder.

    `persons`: total number of persons, municipality sizes in proportion (default: what the scenario needs).
    `defects`: names from DEFECTS. `layout`: of residence, employment and benefits, one of LAYOUTS; the truth is the
    same in all of them. `progress(done, total)` is called with persons. The folder appears whole or not at all.
    Returns `out`. Raises ValueError for a bad argument, FileExistsError when `out` is not empty.
    """
    chosen, named = scenario(scenario_name), tuple(dict.fromkeys(defects))
    unknown = [name for name in named if name not in DEFECTS]
    if unknown:
        raise ValueError(f"unknown defects {', '.join(unknown)}; valid: {', '.join(DEFECTS)}")
    if layout not in LAYOUTS:
        raise ValueError(f"unknown layout {layout!r}; valid: {', '.join(LAYOUTS)}")
    if not chosen.reformed and set(named) & set(OF_REFORMS):
        raise ValueError(f"{', '.join(OF_REFORMS)} need a reform, and {scenario_name} has none")
    if seed < 0:
        raise ValueError("the seed is a whole number from 0")
    sizes = municipality_sizes(chosen, persons)
    target = Path(out).absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FileExistsError(f"{out} exists and is not an empty folder; nothing was written")
    target.parent.mkdir(parents=True, exist_ok=True)
    building = target.with_name(f".{target.name}.{os.getpid()}.partial")
    building.mkdir()
    try:
        _write(chosen, seed, sizes, named, building, progress, layout)
        if target.exists():
            target.rmdir()
        building.rename(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return Path(out)


def municipality_sizes(chosen: Scenario, persons: int | None) -> Days:
    """Persons per municipality, shape (municipalities,): as needed, or `persons` in all by largest remainders."""
    need = persons_needed(chosen)
    if persons is None:
        return np.maximum(1, np.round(need)).astype(np.int64)
    if persons < 1:
        raise ValueError("persons must be at least 1")
    exact = need / need.sum() * persons
    sizes = np.floor(exact).astype(np.int64)
    left = persons - int(sizes.sum())
    sizes[np.argsort(sizes - exact, kind="stable")[:left]] += 1
    return sizes


def chunks(chosen: Scenario, seed: int, sizes: Days) -> Iterator[Chunk]:
    """The registry, CHUNK persons at a time. The same seed gives the same y0 in reference-study and no-effect."""
    rates = local_rates(chosen, _stream(seed, 0))
    ends = np.cumsum(sizes)
    total = int(ends[-1])
    for number, begin in enumerate(range(0, total, CHUNK)):
        origin = np.searchsorted(ends, np.arange(begin, min(begin + CHUNK, total)), side="right")
        person_stream, work_stream, ips_stream, known_stream = (_stream(seed, 1, number, part) for part in range(4))
        people = draw_people(chosen, origin, begin + 1, person_stream)
        without = work_without(chosen, people, rates, work_stream)
        known = background(chosen, people, without, known_stream)
        through_ips = work_through_ips(chosen, people, ips_stream)
        realised = with_exits(chosen, people, without, through_ips)
        yield Chunk(number, realised, people, known, without, through_ips)


def _stream(seed: int, *key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def _write(
    chosen: Scenario, seed: int, sizes: Days, defects: tuple[str, ...], folder: Path, progress: Progress | None,
    layout: str,
) -> None:  # fmt: skip
    calendar = working_calendar(chosen.first_year, chosen.last_year)
    total = int(sizes.sum())
    cells: tuple[Cells, Cells] | None = None
    texts = {
        "rollout": _rollout(chosen, sizes),
        "municipalities": municipalities_table(chosen),
        "neighbours": neighbours_table(chosen),
        "price_index": price_index_table(chosen),
        **({"municipality_changes": changes_table(chosen)} if chosen.reformed else {}),
    }
    for name, table in texts.items():
        _write_text(folder / f"{name}.csv", _csv(plant(table, name, defects, chosen, seed, 0)))
    (folder / "employment").mkdir()
    with ExitStack() as stack:
        writers: dict[str, pq.ParquetWriter] = {}
        for chunk in chunks(chosen, seed, sizes):
            people = (chunk.unexposed, chunk.people)
            counted = count(chosen, people, chunk.without, chunk.through_ips, calendar)
            cells = counted if cells is None else (cells[0] + counted[0], cells[1] + counted[1])
            for name, table in _tables(chosen, chunk):
                late = last_reported(chosen) if name == "employment" and "late-reports" in defects else None
                planted = plant(table, name, defects, chosen, seed, chunk.number)
                table = laid_out(planted, name, layout, chosen, late)
                if name == "employment":
                    _write_part(folder / name / f"part-{chunk.number:05d}.parquet", table)
                    continue
                if name not in writers:
                    writers[name] = stack.enter_context(_writer(folder / f"{name}.parquet", table.schema))
                writers[name].write_table(table)
            if progress is not None:
                progress(min((chunk.number + 1) * CHUNK, total), total)
    assert cells is not None  # noqa: S101  there is at least one person
    truth = document(chosen, seed, total, defects, cells)
    _write_text(folder / "truth.json", json.dumps(truth, indent=1, ensure_ascii=False) + "\n")
    _write_text(folder / "study.toml", study_text(chosen, layout))


def _tables(chosen: Scenario, chunk: Chunk) -> Iterator[tuple[str, pa.Table]]:
    yield "persons", persons_table(chunk.people, chunk.known)
    yield "residence", residence_table(chosen, chunk.people)
    yield "benefits", benefits_table(chosen, chunk.people)
    yield "education", education_table(chosen, chunk.people)
    yield "employment", employment_table(chosen, chunk.people, joined([chunk.without, chunk.through_ips]))


def _rollout(chosen: Scenario, sizes: Days) -> pa.Table:
    """Rollout rows, with a made-up fidelity and the persons reached in a year at full reach as participants."""
    scale = PARTICIPATION * sizes.sum() / persons_needed(chosen).sum()
    fidelity = np.random.default_rng(25).integers(84, 117, len(chosen.municipalities))
    rows = [
        rollout_row(m, int(fidelity[i]), round(m.recipients * scale))
        for i, m in enumerate(chosen.municipalities)
        if m.start is not None
    ]
    return rollout_table(rows)


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="zstd", version="2.6", data_page_version="1.0")


def _write_part(path: Path, table: pa.Table) -> None:
    with _writer(path, table.schema) as writer:
        writer.write_table(table)


def _csv(table: pa.Table) -> str:
    text = io.StringIO()
    lines = csv.DictWriter(text, table.column_names, lineterminator="\n")
    lines.writeheader()
    lines.writerows(table.to_pylist())
    return text.getvalue()


def _write_text(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))
