"""A whole run where every column, file and dimension has a name that would be a query, a path or a page if it could."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lib.command import ipscausal

from ipscausal import pipeline
from ipscausal.machine import Machine
from ipscausal.study import Study
from ipscausal.study_file import read_study
from synthetic_registry import write_registry

TABLE = '"; drop table extract_persons; --'
PAGE = "<script>alert('x')</script>&amp;"
LONG = "x" * 10_000
# the name in the registry -> the name in the delivery
NAMES = {
    "persons": {"person_id": TABLE, "birth_date": "a\nb", "sex": "select", "country_group": PAGE,
                "death_date": "æ'ø\"å"},
    "residence": {"person_id": "$person", "municipality": LONG, "start_date": "{0}%s", "end_date": "--"},
    "employment": {"person_id": "'||'", "position_pct": "\U0001f600", "start_date": "a.b", "end_date": "\\"},
    "benefits": {"benefit": "*/ /*", "start_date": "null", "end_date": "\t"},
}  # fmt: skip
FILES = {"persons": "'; drop table x; --.parquet", "residence": "a*b?.parquet", "benefits": "%s [1] $x æ.parquet"}


def study_of(folder: Path, dimension: str, extracts: dict[str, dict[str, object]]) -> Study:
    document = read_study(folder / "study.toml").model_dump()
    for table, said in extracts.items():
        document["extracts"][table] |= said
    document["design"]["covariates"] = (dimension,)
    document["heterogeneity"]["by"] = (dimension,)
    document["sensitivity"] = ()
    document["inference"] |= {"calibration_draws": 0, "draws": 199}
    document["report"]["languages"] = ("en",)
    return Study.model_validate(document)


def renamed(plain: Path, folder: Path) -> dict[str, dict[str, object]]:
    """The same registry under nasty names, and what a study says of it."""
    said: dict[str, dict[str, object]] = {}
    for path in sorted(plain.rglob("*.*")):
        table = path.parent.name if path.name.startswith("part-") else path.stem
        names = NAMES.get(table, {})
        target = folder / (FILES.get(table) or path.relative_to(plain).as_posix())
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix != ".parquet":
            target.write_bytes(path.read_bytes())
            continue
        read = pq.read_table(path)
        with target.open("wb") as stream:
            pq.write_table(read.rename_columns([names.get(name, name) for name in read.column_names]), stream)
        if table not in NAMES:
            continue
        where = "employment/*.parquet" if table == "employment" else FILES[table]
        contract = {ours: theirs for ours, theirs in names.items() if ours != "country_group"}
        said[table] = {"columns": contract, "path": where}
    # a decoy that the name of the residence file would fit if it were a pattern
    (folder / "axbx.parquet").write_bytes((folder / FILES["persons"]).read_bytes())
    return said


def test_a_run_under_nasty_names_says_what_the_plain_run_says(tmp_path: Path) -> None:
    plain = write_registry("reference-study", 11, tmp_path / "plain", 3000)
    nasty = tmp_path / "nasty"
    said = renamed(plain, nasty)
    machine = Machine(threads=1)
    pipeline.run(study_of(plain, "country_group", {}), plain, tmp_path / "one", machine)
    pipeline.run(study_of(plain, PAGE, said), nasty, tmp_path / "other", machine)
    for name in ("headline.csv", "estimates.csv", "event_study.csv", "flow.csv", "trends.csv"):
        first, second = ((tmp_path / out / "release" / name).read_text("utf-8") for out in ("one", "other"))
        assert first == second.replace(PAGE, "country_group"), name
    page = (tmp_path / "other/report/report.en.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page, "or the name is not in the report at all"


@pytest.mark.parametrize("file", ['"; rm -rf x.toml', "$(x).toml", "æ ø\n.toml", "%s{0}.toml"])
def test_a_study_file_may_be_called_anything(tmp_path: Path, file: str) -> None:
    path = tmp_path / file
    path.write_text("[study]\n", encoding="utf-8")
    result = ipscausal("check", "--study", path, "--extracts", tmp_path)
    assert result.returncode == 2
    assert file in result.stderr
    assert "Traceback" not in result.stderr
