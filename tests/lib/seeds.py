"""One synthetic study per seed: the estimate, its intervals and the truth with the estimator's own weights."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ipscausal import api
from ipscausal.api import Result
from ipscausal.pipeline import build_panel
from ipscausal.study_file import read_study
from synthetic_registry import write_registry


@dataclass(frozen=True, slots=True)
class Draw:
    """Estimate, truth, and whether an interval holds the truth, by method."""

    seed: int
    estimate: float
    truth: float
    covered: dict[str, bool]

    @property
    def error(self) -> float:
        return self.estimate - self.truth


def draw(scenario: str, seed: int) -> Draw:
    """Write the registry of a seed into a folder that is removed, build the panel, estimate."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "registry"
        write_registry(scenario, seed, out)
        truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
        result = api.did(build_panel(read_study(out / "study.toml"), out))
    target = own_weighted_truth(result, truth)
    covered = {}
    for method in ("sup_t", "cr1"):
        row = api.infer(result, method, show_invalid=True).inference[0]
        assert row.conf_low is not None
        assert row.conf_high is not None
        covered[method] = row.conf_low <= target <= row.conf_high
    return Draw(seed, float(result.estimate.coef[0]), target, covered)


def own_weighted_truth(result: Result, truth: dict) -> float:
    """Sum over treated cells of the coefficient's cell weights times the realised effect there."""
    fit = result.estimate
    place = {code: g for g, code in enumerate(fit.panel.municipality)}
    years = {int(year): t for t, year in enumerate(fit.panel.years)}
    total = 0.0
    for cell in truth["municipality_years"]:
        g, t = place.get(cell["municipality"]), years.get(cell["year"])
        if cell["att"] is not None and g is not None and t is not None:
            total += float(fit.cell_weights[0, g, t]) * cell["att"]
    return total


def table(scenario: str, draws: list[Draw]) -> str:
    """One line per scenario, with Monte Carlo errors."""
    errors = np.array([one.error for one in draws])
    n = len(errors)
    share = {m: float(np.mean([one.covered[m] for one in draws])) for m in ("sup_t", "cr1")}
    shown = ", ".join(f"{m} {p:.3f} (se {np.sqrt(p * (1 - p) / n):.3f})" for m, p in share.items())
    return (
        f"{scenario}: {n} seeds, mean truth {np.mean([one.truth for one in draws]):.2f}, "
        f"mean error {errors.mean():+.3f}, sd {errors.std(ddof=1):.3f}, "
        f"3 sd/sqrt(n) {3 * errors.std(ddof=1) / np.sqrt(n):.3f}; coverage of 95 % intervals: {shown}"
    )
