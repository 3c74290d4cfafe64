"""Estimators of other packages on one frame: run by `bench_estimators.py` with an interpreter that has the packages.

    PYTHON tests/benchmarks/peer_estimators.py frame.csv --repeats 5

Prints JSON: by task and package the version, CPU seconds of the first call and of the best one after it, and the
average effect where the package states one. Imports nothing of ours. What is not installed, or fails, says so.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import time
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd

DRAWS, SEED = 9999, 1
Fit = Callable[[pd.DataFrame], Any]
_COLUMNS = {"outcome": "y", "unit": "unit", "time": "year", "first_treat": "cohort"}


def _diff_diff(name: str, **options: Any) -> Fit:
    def fit(frame: pd.DataFrame) -> Any:
        import diff_diff

        return getattr(diff_diff, name)(**options).fit(frame, **_COLUMNS)

    return fit


def _feols(frame: pd.DataFrame) -> Any:
    import pyfixest

    return pyfixest.feols("y ~ treated | unit + year", frame, vcov={"CRV1": "unit"})


def _event_study(estimator: str) -> Fit:
    def fit(frame: pd.DataFrame) -> Any:
        import pyfixest

        names = {"yname": "y", "idname": "unit", "tname": "year", "gname": "cohort"}
        return pyfixest.event_study(frame, **names, estimator=estimator, att=True, cluster="unit")

    return fit


def _csdid(draws: int) -> Fit:
    def fit(frame: pd.DataFrame) -> Any:
        from csdid.att_gt import ATTgt

        names = {"yname": "y", "tname": "year", "idname": "unit", "gname": "cohort"}
        model = ATTgt(**names, data=frame, control_group="nevertreated", biters=draws or 1000)
        return model.fit(est_method="reg", bstrap=draws > 0)

    return fit


_GROUPS = {"control_group": "never_treated", "estimation_method": "reg"}
PEERS: dict[tuple[str, str], Fit] = {
    ("two-way fixed effects", "pyfixest"): _feols,
    ("group-time effects", "diff-diff"): _diff_diff("CallawaySantAnna", **_GROUPS),
    ("group-time effects", "csdid"): _csdid(0),
    ("group-time effects, 9,999 draws", "diff-diff"): _diff_diff(
        "CallawaySantAnna", **_GROUPS, n_bootstrap=DRAWS, seed=SEED
    ),
    ("group-time effects, 9,999 draws", "csdid"): _csdid(DRAWS),
    ("Sun-Abraham", "diff-diff"): _diff_diff("SunAbraham"),
    ("Sun-Abraham", "pyfixest"): _event_study("saturated"),
    ("extended two-way fixed effects", "diff-diff"): _diff_diff("WooldridgeDiD"),
    ("imputation", "diff-diff"): _diff_diff("ImputationDiD"),
    ("two-stage", "diff-diff"): _diff_diff("TwoStageDiD"),
    ("two-stage", "pyfixest"): _event_study("did2s"),
    ("stacked", "diff-diff"): _diff_diff("StackedDiD", kappa_pre=3, kappa_post=2),
    ("Goodman-Bacon", "diff-diff"): _diff_diff("BaconDecomposition"),
}


def average(package: str, fitted: Any) -> float | None:
    """The average effect, of packages that state it in one number."""
    if package == "diff-diff":
        value = getattr(fitted, "overall_att", None)
    elif package == "pyfixest":
        coefficients = fitted.coef()
        value = coefficients.iloc[0] if len(coefficients) == 1 else None
    else:
        value = None
    return None if value is None else float(value)


def measured(package: str, fit: Fit, frame: pd.DataFrame, repeats: int) -> dict[str, Any]:
    """CPU seconds of the first call and the best of `repeats` more, or what went wrong."""
    try:
        version = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return {"failed": "not installed"}
    seconds = []
    try:
        for _ in range(repeats + 1):
            given = frame.copy()
            begin = time.process_time()
            fitted = fit(given)
            seconds.append(time.process_time() - begin)
    except Exception as error:  # whatever another package raises is its answer
        return {"version": version, "failed": type(error).__name__}
    return {"version": version, "first": seconds[0], "best": min(seconds[1:]), "average": average(package, fitted)}


def main() -> None:
    """Arguments; JSON on standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("frame", help="CSV with unit, year, cohort (0 = never), treated, y")
    parser.add_argument("--repeats", type=int, default=5, help="calls after the first (default %(default)s)")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    frame = pd.read_csv(asked.frame)
    rows = [
        {"task": task, "package": package, **measured(package, fit, frame, asked.repeats)}
        for (task, package), fit in PEERS.items()
    ]
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
