"""Estimators on a national rollout, 350 municipalities x 15 years: seconds, and ratios to other packages.

    python tests/benchmarks/bench_estimators.py --repeats 5 --peers PYTHON

The municipalities, cohorts and sizes are those of the scenario `national-rollout`; levels, years, shocks, sampling
noise and effects are drawn, so that every cell is there, as other packages want it. Cells weigh by recipients in the
goals, and all alike where packages are compared. --peers: an interpreter that has diff-diff, pyfixest and csdid;
without it one is made in a folder that is removed. Ours and theirs are measured in the same run in CPU seconds, which a
busy machine disturbs less, the best of the repetitions. The average effects are compared too: the ratio of two
different numbers would mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd
from benchmarks.readme import renew

from ipscausal import estimate
from ipscausal.estimate import Estimate, aggregate
from ipscausal.inference import Options, apply
from ipscausal.panel import Panel
from synthetic_registry.scenario import scenario
from synthetic_registry.shocks import shocks

HERE = Path(__file__).resolve().parent
Work = Callable[[], object]
PACKAGES = ("diff-diff>=3,<4", "pyfixest>=0.60,<0.70", "csdid>=0.4,<0.5")
DRAWS, SEED = 9999, 1
ALL: dict[str, Callable[[Panel], object]] = {
    "two-way fixed effects": estimate.did,
    "event study": estimate.event_study,
    "group-time effects, never treated": lambda panel: estimate.att_gt(panel, comparison="never"),
    "group-time effects, not yet treated": lambda panel: estimate.att_gt(panel, comparison="not_yet"),
    "Sun-Abraham": estimate.sun_abraham,
    "extended two-way fixed effects": estimate.etwfe,
    "imputation": estimate.imputation,
    "two-stage": estimate.two_stage,
    "stacked": estimate.stacked,
    "switching": estimate.switching,
    "efficient under random timing": estimate.efficient,
    "synthetic difference-in-differences": estimate.synthetic_did,
    "synthetic control": estimate.synthetic_control,
    "Goodman-Bacon": estimate.bacon,
    "weights of two-way fixed effects": estimate.twfe_weights,
}


def group_times(panel: Panel) -> Estimate:
    """What the other packages fit at the options given to them."""
    return estimate.att_gt(panel, comparison="never", method="or")


LIKE_PEERS: dict[str, Callable[[Panel], object]] = {
    "two-way fixed effects": estimate.did,
    "group-time effects": group_times,
    "group-time effects, 9,999 draws": lambda panel: drawn(group_times(panel)),
    "Sun-Abraham": estimate.sun_abraham,
    "extended two-way fixed effects": estimate.etwfe,
    "imputation": estimate.imputation,
    "two-stage": estimate.two_stage,
    "stacked": lambda panel: estimate.stacked(panel, window=(-3, 2), comparison="not_yet"),
    "Goodman-Bacon": estimate.bacon,
}


def rollout() -> pd.DataFrame:
    """One row per municipality and year: unit, year, cohort (0 = never), treated, y in workdays, recipients n."""
    chosen, rng = scenario("national-rollout"), np.random.default_rng(SEED)
    recipients = np.array([m.recipients for m in chosen.municipalities])
    cohort = np.array([m.cohort or 0 for m in chosen.municipalities])
    years = np.array(chosen.years)
    g, t = len(cohort), len(years)
    mean = 44 + rng.uniform(-5, 5, (g, 1)) + rng.normal(0, 1.5, (1, t)) + shocks(chosen, rng)
    mean += rng.normal(0, 80, (g, t)) / np.sqrt(recipients)[:, None]
    treated = (cohort[:, None] > 0) & (years >= cohort[:, None])
    for unit, column in np.argwhere(treated):
        mean[unit, column] += chosen.target(int(cohort[unit]), int(years[column] - cohort[unit]))
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(g), t),
            "year": np.tile(years, g),
            "cohort": np.repeat(cohort, t),
            "treated": treated.ravel().astype(int),
            "y": mean.ravel(),
            "n": np.repeat(recipients, t),
        }
    )


def panel_of(frame: pd.DataFrame, persons: str | None) -> Panel:
    """Cells weighted by persons, or all alike."""
    return Panel.from_frame(
        frame.assign(unit=frame["unit"].astype(str)), municipality="unit", year="year", outcome="y", adoption="cohort",
        persons=persons,
    )  # fmt: skip


def best(work: Work, repeats: int) -> float:
    """CPU seconds of the fastest of the repetitions, after one that does not count."""
    seconds = []
    for _ in range(repeats + 1):
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    return min(seconds[1:])


def judged(found: object) -> object:
    """An estimate with the analytic errors of all it holds, and of its average effect; a diagnosis as it is."""
    if isinstance(found, Estimate):
        apply("analytic", found, Options())
        if found.share is not None:
            apply("analytic", aggregate(found, "simple"), Options())
    return found


def drawn(found: object) -> object:
    """The multiplier bootstrap of every effect."""
    assert isinstance(found, Estimate)
    return apply("multiplier", found, Options(draws=DRAWS))


def average(found: object) -> float | None:
    """The average effect of an estimate that has one."""
    if not isinstance(found, Estimate):
        return None
    if found.share is not None:
        found = aggregate(found, "simple")
    return float(found.coef[0]) if len(found.coef) == 1 else None


def goals(panel: Panel, repeats: int) -> str:
    """Table of all estimators with analytic errors, their sum, and the draws."""
    seconds = {name: best(lambda fit=fit: judged(fit(panel)), repeats) for name, fit in ALL.items()}
    effects = group_times(panel)
    draws = best(lambda: drawn(effects), repeats)
    lines = ["| with analytic errors | seconds |", "|---|--:|", *(f"| {k} | {v:.3f} |" for k, v in seconds.items())]
    lines.append(f"| **all together (goal: 2)** | **{sum(seconds.values()):.2f}** |")
    lines.append(
        f"| **9,999 multiplier draws of {len(effects.coef)} group-time effects (goal: 1)** | **{draws:.2f}** |"
    )
    return "\n".join(lines) + "\n"


def interpreter(folder: Path) -> Path:
    """A new environment with the packages; those that cannot be had are told by the table."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    for package in PACKAGES:
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", package], check=False, capture_output=True)
    return python


def compared(frame: pd.DataFrame, python: Path, repeats: int) -> str:
    """Table of ratios: seconds of another package over ours, in this run."""
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "frame.csv"
        frame.drop(columns="n").to_csv(given, index=False)
        asked = [str(python), str(HERE / "peer_estimators.py"), str(given), "--repeats", str(repeats)]
        told = subprocess.run(asked, check=True, capture_output=True, text=True)
    panel = panel_of(frame, None)
    ours = {
        name: (best(lambda fit=fit: judged(fit(panel)), repeats), average(fit(panel)))
        for name, fit in LIKE_PEERS.items()
    }
    lines = [
        "| | ours | package | its best | ratio | its first call | average effect |",
        "|---|--:|---|--:|--:|--:|---|",
    ]
    for row in json.loads(told.stdout.splitlines()[-1]):
        seconds, effect = ours[row["task"]]
        package = f"{row['package']} {row.get('version', '')}".strip()
        if "failed" in row:
            lines.append(f"| {row['task']} | {seconds:.3f} s | {package} | {row['failed']} | | | |")
            continue
        same = _same(effect, row["average"])
        times = f"{row['best']:.3f} s | **{row['best'] / seconds:.1f}** | {row['first']:.2f} s"
        lines.append(f"| {row['task']} | {seconds:.3f} s | {package} | {times} | {same} |")
    return "\n".join(lines) + "\n"


def _same(ours: float | None, theirs: float | None) -> str:
    if ours is None or theirs is None:
        return ""
    apart = abs(ours - theirs) / abs(ours)
    return "equal" if apart <= 1e-8 else f"{apart:.0e} apart"


def main() -> None:
    """Arguments, the two tables, and README.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, help="repetitions, the best counts (default %(default)s)")
    parser.add_argument("--peers", type=Path, help="interpreter with the packages (default: a new environment)")
    asked = parser.parse_args()
    frame = rollout()
    text = goals(panel_of(frame, "n"), asked.repeats)
    with tempfile.TemporaryDirectory() as folder:
        python = asked.peers or interpreter(Path(folder) / "peers")
        text += "\n" + compared(frame, python, asked.repeats)
    if shutil.which("Rscript") is None:
        text += "\nR was not installed where this was run.\n"
    print(text)
    renew("estimators", text)


if __name__ == "__main__":
    main()
