"""Tables by month, week and year on Spark: what DuckDB counts, to the bit."""

from __future__ import annotations

from pathlib import Path

import pytest
from generative.test_spark_agrees import agree, judged

from ipscausal.study_file import read_study
from synthetic_registry import write_registry

pytestmark = pytest.mark.usefixtures("spark")
# the warnings that are about reports; a last year that is not whole is left out on both engines
REPORTS = ("source-break", "restated", "late-reports", "exact-duplicates")


@pytest.mark.parametrize(
    ("layout", "defects"),
    [
        ("monthly", REPORTS),
        pytest.param("weekly", (), marks=pytest.mark.slow),
        pytest.param("annual", (), marks=pytest.mark.slow),
    ],
)
def test_layouts_give_the_same_findings_and_cells(layout: str, defects: tuple[str, ...], tmp_path: Path) -> None:
    folder = write_registry("reference-study", 3, tmp_path / "registry", 800, defects, layout=layout)
    study = read_study(folder / "study.toml")
    report = judged(study, folder)
    told = {finding.rule for finding in report.findings}
    assert ("employment_source_change" in told) == ("employment_reported_again" in told) == bool(defects)
    agree(study.until(report.last_year), folder)
