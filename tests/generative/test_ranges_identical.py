"""The same cells and the same bytes from one pass and from ranges of persons, however many, whatever the ids are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ipscausal import contract, extracts, municipality_year
from ipscausal.errors import IdentificationError
from ipscausal.municipality_year import cells_of, count_in_ranges, write_person_years
from ipscausal.person_year import population_to_json
from ipscausal.study import Study
from ipscausal.study_file import read_study
from ipscausal.warehouse import open_warehouse
from ipscausal.warehouse.protocol import Progress, silent
from synthetic_registry import write_registry

Told = list[tuple[str, int, int]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with a text covariate, one of whose values only the last persons have, in ids and in text ids."""
    made = write_registry("reference-study", 3, tmp_path_factory.mktemp("ranges") / "numbers", 1500)
    persons = pq.read_table(made / "persons.parquet").sort_by("person_id")
    last = persons.num_rows - 60
    country = ["rare" if k >= last else ("south", "north", "east")[k % 3] for k in range(persons.num_rows)]
    pq.write_table(persons.append_column("country", pa.array(country)), made / "persons.parquet")
    other = made.parent / "texts"
    for path in made.rglob("*.parquet"):
        table = pq.read_table(path)
        if "person_id" in table.column_names:
            # not in the order of the numbers, with letters that a careless statement would trip over
            text = pc.binary_join_element_wise("p'\"", pc.utf8_reverse(table.column("person_id").cast(pa.string())), "")
            table = table.set_column(table.column_names.index("person_id"), "person_id", text)
        copy = other / path.relative_to(made)
        copy.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, copy)
    for path in made.glob("*.csv"):
        shutil.copy(path, other)
    return made


def study_of(folder: Path, **changed: object) -> Study:
    study = read_study(folder / "study.toml")
    design = study.design.model_copy(update={"covariates": ("age", "country"), "person_effects": "first"})
    heterogeneity = study.heterogeneity.model_copy(update={"by": ("sex", "age band", "prior work")})
    return study.model_copy(update={"design": design, "heterogeneity": heterogeneity, **changed})


def counted(
    study: Study, folder: Path, out: Path, pieces: int, progress: Progress = silent
) -> tuple[dict[str, bytes], dict[str, int], Told]:
    """Bytes of every file, rows of every model, and what was told meanwhile."""
    out.mkdir()
    told: Told = []
    with open_warehouse([folder, out], memory_limit="300MB", progress=progress) as warehouse:
        extracts.register(warehouse, study, folder)
        ranges = warehouse.person_ranges("extract_persons", pieces)
        assert len(ranges) == pieces
        quality = contract.check(warehouse, study, ranges)
        population, tables = count_in_ranges(warehouse, study, ranges, lambda *step: told.append(step), out)
        rows = dict(warehouse.ran)
        write_person_years(warehouse, study, cells_of(study, population, tables), out)
        municipality_year.write(tables, out / "cells")
    (out / "population.json").write_text(population_to_json(population))
    (out / "quality.json").write_text(quality.to_json())
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    return files, rows, told


@pytest.mark.parametrize("pieces", [2, 7])
def test_ranges_are_one_pass_to_the_byte(folder: Path, tmp_path: Path, pieces: int) -> None:
    study = study_of(folder)
    whole, rows, _ = counted(study, folder, tmp_path / "whole", 1)
    said: list[str] = []
    ranged, ranged_rows, told = counted(study, folder, tmp_path / "ranges", pieces, said.append)
    assert "person_year.parquet" in whole
    assert len(whole) > 20
    assert sorted(ranged) == sorted(whole)
    assert [name for name in whole if ranged[name] != whole[name]] == []
    assert ranged_rows == rows
    assert told == [("ranges of persons", done, pieces) for done in range(pieces + 1)]
    for stage in ("checks", "2_person_year"):
        steps = [step for step in said if step.startswith(f"{stage}/range ")]
        assert steps == [f"{stage}/range {number} of {pieces}" for number in range(1, pieces + 1)]
    assert b'"rare"' in whole["cells/tables.json"]


def test_ids_of_text_in_any_order(folder: Path, tmp_path: Path) -> None:
    study, texts = study_of(folder), folder.parent / "texts"
    numbers, _, _ = counted(study, folder, tmp_path / "numbers", 1)
    ranged, _, _ = counted(study, texts, tmp_path / "ranges", 4)
    cells = [name for name in numbers if name.startswith("cells/") or name.endswith(".json")]
    assert [name for name in cells if ranged[name] != numbers[name]] == []
    whole, _, _ = counted(study, texts, tmp_path / "whole", 1)
    assert ranged["person_year.parquet"] == whole["person_year.parquet"]


def test_comparisons_that_are_looked_for_are_found_in_every_range(folder: Path, tmp_path: Path) -> None:
    study = study_of(folder)
    free = study.design.model_copy(update={"comparison": "never", "comparison_municipalities": ()})
    study = study.model_copy(update={"design": free})
    whole, _, _ = counted(study, folder, tmp_path / "whole", 1)
    ranged, _, _ = counted(study, folder, tmp_path / "ranges", 5)
    assert ranged == whole


def test_nobody_left_is_told_once_for_all_ranges(folder: Path, tmp_path: Path) -> None:
    study = study_of(folder)
    nobody = study.population.model_copy(update={"ages": (100, 101)})
    study = study.model_copy(update={"population": nobody})
    messages = []
    for pieces in (1, 3):
        with pytest.raises(IdentificationError, match="no person-year of the study remains") as raised:
            counted(study, folder, tmp_path / f"{pieces}", pieces)
        messages.append(str(raised.value))
    assert messages[0] == messages[1]
