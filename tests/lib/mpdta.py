"""County teen employment (mpdta) as panels, and the options of R's did in the terms of `att_gt`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from lib.reference import reference, reference_json

from ipscausal.estimate import Estimate, att_gt
from ipscausal.panel import Panel

RUNS: dict[str, int] = {"attgt": 16, "weights": 2, "no_never_treated": 1, "unbalanced": 3, "rcs": 4}
CASES = [(name, i) for name, count in RUNS.items() for i in range(count)]


def counties(name: str = "attgt") -> pd.DataFrame:
    """Rows of the file's data, with a weight w = exp(lpop) and a number per row."""
    frame = pd.read_csv(reference("data/mpdta_unbalanced.csv" if name == "unbalanced" else "data/mpdta.csv"))
    frame["w"], frame["row"] = np.exp(frame["lpop"]), np.arange(len(frame))
    return frame[frame["first.treat"] != 0] if name == "no_never_treated" else frame


def county_panel(frame: pd.DataFrame, municipality: str = "countyreal", weights: str | None = None) -> Panel:
    return Panel.from_frame(
        frame, municipality=municipality, year="year", outcome="lemp", adoption="first.treat", weights=weights,
        municipality_covariates=["lpop"],
    )  # fmt: skip


def run(name: str, i: int) -> tuple[dict[str, Any], Estimate]:
    """What R's did printed, and the same comparison here."""
    runs = reference_json(f"results/did_mpdta_{name}.json")["results"]
    assert len(runs) == RUNS[name]
    theirs, frame = runs[i], counties(name)
    call = theirs["call"]
    cross = " panel = FALSE" in call or "allow_unbalanced_panel = TRUE" in call
    if name == "unbalanced" and not cross:
        frame = frame[frame.groupby("countyreal")["year"].transform("count") == 5]
    panel = county_panel(frame, "row" if name == "rcs" else "countyreal", "w" if name == "weights" else None)
    fit = att_gt(
        panel,
        comparison="not_yet" if "notyettreated" in call else "never",
        method="or" if '"reg"' in call else "ipw" if '"ipw"' in call else "dr",
        base_period="universal" if '"universal"' in call else "varying",
        anticipation=int("anticipation = 1" in call),
        municipality_covariates=None if "~lpop" in call else (),
        sampling="cross_sections" if cross else "municipalities",
    )
    return theirs, fit


def analytic_errors(fit: Estimate) -> np.ndarray:
    return np.sqrt((fit.cluster_scores**2).sum(axis=0))
