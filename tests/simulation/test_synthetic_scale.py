"""Ten million job spells in under three minutes and two gigabytes."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.dataset as dataset
import pytest


@pytest.mark.slow
def test_ten_million_spells(tmp_path: Path) -> None:
    out = tmp_path / "large"
    given = ["--scenario", "reference-study", "--seed", "1", "--persons", "3300000", "--out", str(out)]
    begin = time.monotonic()
    subprocess.run([sys.executable, "-m", "synthetic_registry", *given], check=True, capture_output=True)
    seconds = time.monotonic() - begin
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert dataset.dataset(out / "employment").count_rows() > 10_000_000
    assert json.loads((out / "truth.json").read_text())["persons"] == 3_300_000
    assert seconds < 180
    assert peak < 2 * 1024**3
