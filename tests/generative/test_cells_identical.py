"""The same cells and the same bytes, whatever the threads, the order of the rows and the number of files."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from generative.crowd import crowd
from generative.engine import COLUMNS, rows_of
from generative.reference import Registry
from generative.registries import BASE, study_of

from ipscausal import extracts, municipality_year, person_year
from ipscausal.warehouse import open_warehouse

RULES = replace(BASE, ages=None)


def deliver(registry: Registry, folder: Path, *, seed: int | None, files: int) -> None:
    """Write the extracts as folders of Parquet files, shuffled where a seed is given."""
    for name, rows in rows_of(registry).items():
        table, columns = list(rows), COLUMNS[name]
        if seed is not None:
            random.Random(seed).shuffle(table)  # noqa: S311
        kinds = [pa.date32() if column.endswith("_date") else kind for column, kind in columns]
        part = folder / f"{name.removeprefix('extract_')}.parquet"
        part.mkdir(parents=True)
        for number in range(files):
            chunk = table[number::files]
            cells = [[row[i] if i < len(row) else None for row in chunk] for i in range(len(columns))]
            arrays = [pa.array(values, kind) for values, kind in zip(cells, kinds, strict=True)]
            pq.write_table(
                pa.table(dict(zip((c for c, _ in columns), arrays, strict=True))), part / f"{number}.parquet"
            )


def fingerprint(folder: Path, out: Path, threads: int) -> str:
    """Of every number of every panel and every byte of the restricted files."""
    out.mkdir()
    study = study_of(RULES).model_copy(
        update={"design": study_of(RULES).design.model_copy(update={"covariates": ("age", "sex")})}
    )
    digest = hashlib.sha256()
    with open_warehouse([folder, out], threads=threads) as warehouse:
        extracts.register(warehouse, study, folder)
        population = person_year.build(warehouse, study)
        tables = municipality_year.count(warehouse, study, population)
        cells = municipality_year.cells_of(study, population, tables)
        assert cells.person_count > 100
        columns = {column.number: f"covariate_{column.position}" for column in cells.covariates}
        municipality_year.write_person_year(warehouse, out / "person_year.parquet", study, columns)
        municipality_year.write_municipality_year(cells, out / "municipality_year.parquet")
        municipality_year.write(tables, out / "cells")
    for outcome in study.counted_outcomes:
        panel = cells.panel(outcome)
        arrays = (panel.persons, panel.y, panel.yy, panel.x, panel.xx, panel.xy, panel.within_variance)
        noise = (panel.mean_covariance, panel.outcome_covariate_covariance, panel.covariate_covariance)
        for array in (*arrays, *noise):
            assert array is not None
            digest.update(array.tobytes())
    for file in sorted(path for path in out.rglob("*") if path.is_file()):
        digest.update(file.read_bytes())
    return digest.hexdigest()


@pytest.mark.parametrize(("threads", "seed", "files"), [(2, None, 1), (1, 7, 1), (2, 11, 3)])
def test_same_panel_and_same_bytes(tmp_path: Path, threads: int, seed: int | None, files: int) -> None:
    registry = crowd(5, 300)
    deliver(registry, tmp_path / "plain", seed=None, files=1)
    deliver(registry, tmp_path / "other", seed=seed, files=files)
    plain = fingerprint(tmp_path / "plain", tmp_path / "plain-out", 1)
    assert fingerprint(tmp_path / "other", tmp_path / "other-out", threads) == plain


def test_fingerprint_sees_one_day(tmp_path: Path) -> None:
    registry = crowd(5, 300)
    first = registry.employment[0]
    longer = replace(registry, benefits=[*registry.benefits, (1, "WAA", registry.benefits[0][2], None)])
    assert first[0] == 1
    deliver(registry, tmp_path / "plain", seed=None, files=1)
    deliver(longer, tmp_path / "longer", seed=None, files=1)
    plain = fingerprint(tmp_path / "plain", tmp_path / "plain-out", 1)
    assert fingerprint(tmp_path / "longer", tmp_path / "longer-out", 1) != plain
