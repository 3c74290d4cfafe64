"""The efficient estimator under random timing against R staggered 1.2.3, to 1e-8."""

import numpy as np
import pandas as pd
import pytest
from lib.reference import reference, reference_json

from ipscausal.estimate import efficient
from ipscausal.panel import Panel

CASES = {
    "staggered efficient simple": {"estimand": "simple"},
    "staggered efficient cohort": {"estimand": "cohort_average"},
    "staggered efficient calendar": {"estimand": "calendar_average"},
    "event 0:3": {"estimand": "event"},
    "CS simple": {"estimand": "simple", "adjustment": 1.0},
    "SA simple": {"estimand": "simple", "adjustment": 1.0, "controls": "last"},
}


def mpdta() -> Panel:
    return Panel.from_frame(
        pd.read_csv(reference("data/mpdta.csv")),
        municipality="countyreal", year="year", outcome="lemp", adoption="first.treat",
    )  # fmt: skip


@pytest.mark.parametrize("label", CASES)
@pytest.mark.parametrize(("variance", "column"), [("refined", "se"), ("neyman", "se_neyman")])
def test_estimates_and_both_errors(label, variance, column):
    results = {row["label"]: row["res"] for row in reference_json("results/staggered_mpdta.json")["results"]}
    estimate = efficient(mpdta(), variance=variance, **CASES[label])
    assert estimate.coef == pytest.approx([row["estimate"] for row in results[label]], rel=1e-8)
    errors = np.sqrt((estimate.contributions**2).sum(axis=0))
    assert errors == pytest.approx([row[column] for row in results[label]], rel=1e-8)
