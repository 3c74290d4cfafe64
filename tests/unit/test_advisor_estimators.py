"""Which estimator is quoted follows from starting years and counts, and from a plan."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from lib.panels import panel_of_means

from ipscausal.advisor import choose_estimators
from ipscausal.errors import UsageError
from ipscausal.estimate.named import ESTIMATORS
from ipscausal.language import LANGUAGES, catalogue
from ipscausal.panel import Panel
from ipscausal.study import EstimatorName


def panel(*dates: float, controls: int = 10, years: int = 9) -> Panel:
    adoption = [*dates, *[np.inf] * controls]
    shape = (len(adoption), years)
    means = np.random.default_rng(1).normal(50, 3, shape)
    return panel_of_means(means, adoption, np.full(shape, 40.0), 2011)


def test_one_start_quotes_the_plain_regression_and_one_municipality_has_a_synthetic_companion() -> None:
    chosen = choose_estimators(panel(2016.0))
    assert (chosen.primary, chosen.why) == ("twfe", "one_date")
    assert (chosen.companion, chosen.why_companion) == ("synthetic_did", "donors")
    assert "synthetic_control" in chosen.names
    assert (chosen.dates, chosen.donors, chosen.years_before) == (1, 10, 5)


def test_several_starts_quote_group_time_effects() -> None:
    chosen = choose_estimators(panel(2014.0, 2016.0, 2016.0))
    assert (chosen.primary, chosen.why) == ("att_gt", "several_dates")
    assert (chosen.companion, chosen.why_companion) == ("imputation", "staggered")
    assert "twfe" in chosen.others
    assert "synthetic_control" not in chosen.names
    assert len(set(chosen.names)) == len(chosen.names)


@pytest.mark.parametrize(("controls", "start"), [(4, 2016.0), (10, 2013.0)])
def test_few_donors_or_years_before_leave_synthetic_comparisons_out(controls: int, start: float) -> None:
    chosen = choose_estimators(panel(start, controls=controls))
    assert not [name for name in chosen.names if name.startswith("synthetic")]
    assert chosen.companion is None


def test_a_plan_is_followed_to_the_letter() -> None:
    chosen = choose_estimators(panel(2014.0, 2016.0), ("imputation", "twfe"))
    assert (chosen.primary, chosen.why, chosen.names) == ("imputation", "plan", ("imputation", "twfe"))
    with pytest.raises(UsageError, match="no estimator 'dcdh'"):
        choose_estimators(panel(2014.0), ("dcdh",))


def test_a_study_may_name_every_estimator_and_each_has_its_words() -> None:
    assert set(get_args(EstimatorName)) == set(ESTIMATORS)
    for language in LANGUAGES:
        for name in ESTIMATORS:
            for part in ("name", "means"):
                assert catalogue(language).text(f"estimator.{name}.{part}")
