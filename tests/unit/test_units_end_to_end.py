"""Units through the whole count: a reform that only renames changes nothing, units add up, clusters act together."""

from __future__ import annotations

import csv
import datetime as dt
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ipscausal import estimate, pipeline
from ipscausal.candidates import Candidate
from ipscausal.inference import METHODS
from ipscausal.municipality_year import Cells
from ipscausal.study import Study
from ipscausal.study_file import read_study
from synthetic_registry import write_registry

TREATED, PARTNER = "1804", "1824"
TRUSTS = {"1804": "Nord", "1824": "Nord", "0105": "Aust", "0219": "Aust", "0301": "Aust", "1103": "Vest"}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("units") / "registry"
    write_registry("reference-study", 3, folder, 2500)
    with (folder / "municipalities.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with (folder / "municipalities.csv").open("w", encoding="utf-8", newline="") as stream:
        lines = csv.DictWriter(stream, [*rows[0], "unit"])
        lines.writeheader()
        lines.writerows({**row, "unit": TRUSTS.get(row["municipality"], row["municipality"])} for row in rows)
    return folder


def study(folder: Path, **sections: dict[str, Any]) -> Study:
    """The study of the registry, without checks, with other answers in some sections."""
    document = read_study(folder / "study.toml").model_dump()
    document["sensitivity"], document["heterogeneity"] = (), {}
    for section, values in sections.items():
        document[section] = {**document[section], **values}
    return Study.model_validate(document)


def cells(folder: Path, chosen: Study) -> Cells:
    return pipeline.panel(chosen, folder, folder.parent / f"out-{chosen.fingerprint[:12]}").cells


def sums(found: Cells) -> Iterator[tuple[str, list[list[int]]]]:
    """Every exact sum of the cells by municipality, with its name."""
    for name in ("persons", "women", "age_sum", "age_sumsq"):
        yield name, getattr(found, name).tolist()
    for outcome in found.outcome_sum:
        yield f"{outcome} sum", found.outcome_sum[outcome].tolist()
        yield f"{outcome} squares", found.outcome_sumsq[outcome].tolist()


def recoded(registry: Path, folder: Path, seed: int) -> dict[str, str]:
    """The registry with every municipality given another number on a day of its own; returns old -> new."""
    shutil.copytree(registry, folder)
    draw = random.Random(seed)  # noqa: S311
    residence = pq.read_table(folder / "residence.parquet").to_pylist()
    old = sorted({row["municipality"] for row in residence})
    days = {code: dt.date(2011, 1, 2) + dt.timedelta(days=draw.randrange(9 * 365 - 3)) for code in old}
    names = {code: f"{7000 + number}" for number, code in enumerate(draw.sample(old, len(old)))}
    rows = []
    for row in residence:
        day, end = days[row["municipality"]], row["end_date"]
        if row["start_date"] < day:
            before = end if end is not None and end < day else day - dt.timedelta(days=1)
            rows.append({**row, "end_date": before})
        if end is None or end >= day:
            rows.append({**row, "municipality": names[row["municipality"]], "start_date": max(day, row["start_date"])})
    pq.write_table(
        pa.Table.from_pylist(rows, pq.read_schema(folder / "residence.parquet")), folder / "residence.parquet"
    )
    with (folder / "municipality_changes.csv").open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerows([("old_code", "new_code", "date"), *((code, names[code], days[code]) for code in old)])
    return names


CHANGES = {"municipality_changes": {"path": "municipality_changes.csv"}}


def harmonised(folder: Path, **sections: dict[str, Any]) -> Study:
    given = read_study(folder / "study.toml").extracts.model_dump()
    return study(folder, extracts=given | CHANGES, population={"municipalities": "harmonised"}, **sections)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_reform_that_only_gives_new_numbers_changes_no_number(registry: Path, tmp_path: Path, seed: int) -> None:
    plain = cells(registry, study(registry))
    names = recoded(registry, tmp_path / "registry", seed)
    found = cells(tmp_path / "registry", harmonised(tmp_path / "registry"))
    assert sorted(names[code] for code in plain.municipality) == list(found.municipality)
    order = [found.municipality.index(names[code]) for code in plain.municipality]
    assert [found.arm[g] for g in order] == list(plain.arm)
    assert [found.adoption[g] for g in order] == plain.adoption.tolist()
    for (name, expected), (_, values) in zip(sums(plain), sums(found), strict=True):
        assert [values[g] for g in order] == expected, name
    assert (found.person_count, found.movers) == (plain.person_count, plain.movers)


def test_a_table_of_changes_outside_the_study_years_changes_nothing(registry: Path, tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    shutil.copytree(registry, folder)
    (folder / "municipality_changes.csv").write_text("old_code,new_code,date\n1804,5501,2024-01-01\n", encoding="utf-8")
    plain, found = cells(registry, study(registry)), cells(folder, harmonised(folder))
    assert found.municipality == plain.municipality
    assert list(sums(found)) == list(sums(plain))


def test_a_unit_is_the_sum_of_its_municipalities(registry: Path) -> None:
    every = {"comparison": "never", "comparison_municipalities": ()}
    plain = cells(registry, study(registry, design=every))
    found = cells(registry, study(registry, design={**every, "mixed_units": "treated"}, population={"units": "unit"}))
    unit = [TRUSTS.get(code, code) for code in plain.municipality]
    assert list(found.municipality) == sorted(set(unit))
    for (name, parts), (_, values) in zip(sums(plain), sums(found), strict=True):
        for row, label in zip(values, found.municipality, strict=True):
            inside = [part for part, of in zip(parts, unit, strict=True) if of == label]
            assert row == [sum(year) for year in zip(*inside, strict=True)], (name, label)
    assert {found.municipality[g] for g, arm in enumerate(found.arm) if arm == "treated"} == {"Nord"}
    # who moves between two municipalities of one unit has not moved
    assert found.person_count == plain.person_count
    assert found.movers <= plain.movers


def test_a_share_is_the_dose_from_the_start_on(registry: Path) -> None:
    chosen = study(
        registry, design={"comparison": "never", "comparison_municipalities": (), "mixed_units": "partial"},
        population={"units": "unit"},
    )  # fmt: skip
    panel = cells(registry, chosen).panel("workdays")
    rows = pq.read_table(registry / "residence.parquet").to_pylist()
    day = dt.date(2016, 2, 29)
    there = {
        code: len({
            row["person_id"] for row in rows
            if row["municipality"] == code and row["start_date"] <= day and (row["end_date"] or day) >= day
        })
        for code in (TREATED, PARTNER)
    }  # fmt: skip
    share = there[TREATED] / sum(there.values())
    assert panel.dose is not None
    assert panel.dose[panel.municipality.index("Nord")].tolist() == [0.0] * 5 + [share] * 4
    assert not panel.dose[[g for g, name in enumerate(panel.municipality) if name != "Nord"]].any()


def test_clusters_act_together_and_cells_stay_municipalities(registry: Path) -> None:
    every = {"comparison": "never", "comparison_municipalities": ()}
    plain = cells(registry, study(registry, design=every))
    acting = {**every, "cluster": "unit", "mixed_units": "treated"}
    found = cells(registry, study(registry, design=acting))
    assert found.municipality == plain.municipality
    assert list(sums(found)) == list(sums(plain))
    panel = found.panel("workdays")
    assert panel.cluster == tuple(TRUSTS.get(code, code) for code in panel.municipality)
    assert {code for code, year in zip(panel.municipality, panel.adoption, strict=True) if np.isfinite(year)} == {
        TREATED,
        PARTNER,
    }
    fit = estimate.did(panel)
    assert fit.n_clusters == len(set(panel.cluster)) == len(panel.municipality) - 3
    assert fit.n_treated.tolist() == [1]


def test_clusters_of_single_municipalities_are_the_municipalities(registry: Path, tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    shutil.copytree(registry, folder)
    text = (folder / "municipalities.csv").read_text(encoding="utf-8")
    for trust in set(TRUSTS.values()):
        text = text.replace(f",{trust}\n", ",\n").replace(f",{trust}\r\n", ",\r\n")
    (folder / "municipalities.csv").write_text(text, encoding="utf-8", newline="")
    one, other = estimate_of(registry, study(registry)), estimate_of(folder, study(folder, design={"cluster": "unit"}))
    assert one == other


def estimate_of(folder: Path, chosen: Study) -> tuple[float, tuple[str, ...]]:
    fit = estimate.did(cells(folder, chosen).panel("workdays"))
    return float(fit.coef[0]), fit.cluster


def screened(folder: Path, chosen: Study) -> dict[str, Candidate]:
    return {row.municipality: row for row in pipeline.candidates(chosen, folder)}


def test_candidates_are_units(registry: Path, tmp_path: Path) -> None:
    names = recoded(registry, tmp_path / "registry", 5)
    plain = screened(registry, study(registry))
    found = screened(tmp_path / "registry", harmonised(tmp_path / "registry"))
    assert set(found) == {names[code] for code in plain}
    for code, row in plain.items():
        other = found[names[code]]
        about = ("role", "programme", "start_year", "persons", "level", "trend", "distance")
        assert [getattr(other, name) for name in about] == pytest.approx([getattr(row, name) for name in about]), code


def test_methods_are_calibrated_on_units(registry: Path) -> None:
    listed = ("0301", "1103", "0602", "0806")
    chosen = study(
        registry,
        design={"mixed_units": "treated", "comparison_municipalities": listed},
        population={"units": "unit"},
        inference={"calibration_draws": 100},
    )
    advice = pipeline.calibrate(chosen, registry)
    assert advice.choice.primary in METHODS


def test_the_second_opinion_clusters_by_what_treatment_acts_on(registry: Path, tmp_path: Path) -> None:
    every = {"comparison": "never", "comparison_municipalities": (), "cluster": "unit", "mixed_units": "treated"}
    chosen = study(registry, design=every, inference={"calibration_draws": 0}, verify={"run": True})
    finished = pipeline.run(chosen, registry, tmp_path / "out")
    assert finished.results.facts["clusters"]["1804"] == "Nord"
    assert finished.opinion is not None
    assert finished.opinion.agrees
    errors = [one for one in finished.opinion.agreements if one.ours_std_error is not None]
    assert errors
    assert "clusters" not in (tmp_path / "out/release/facts.json").read_text(encoding="utf-8")
