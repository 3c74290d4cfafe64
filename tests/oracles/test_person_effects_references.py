"""Person effects from groups of persons against linearmodels' PanelOLS and statsmodels' OLS on the rows."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lib.moving_persons import by_rule, followed_persons, panel_with_groups, seen_again
from linearmodels.panel import PanelOLS

from ipscausal.estimate.person_effects import did_of_persons, event_study_of_persons
from ipscausal.inference import Inference, Options, apply, covariance_cr0, covariance_cr1

EXACT = 1e-8
RULES = ("first", "separate", "exclude")
PANELS = {
    "unbalanced": {"seed": 1},
    "sparse, many singletons": {"seed": 2, "share": 0.3, "people": 25},
    "nobody moves": {"seed": 3, "moving": 0.0},
    "balanced": {"seed": 4, "share": 1.0, "moving": 0.3},
}


def linearmodels(rows: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and clustered covariance without small-sample factor."""
    codes = rows["municipality"].astype("category").cat.codes
    data = rows.assign(code=codes).set_index(["unit", "year"])
    fit = PanelOLS(data["y"], data[names], entity_effects=True, time_effects=True).fit(
        cov_type="clustered", clusters=data["code"], debiased=False, auto_df=False, count_effects=False
    )
    return fit.params.to_numpy(), fit.cov.to_numpy()


def with_events(rows: pd.DataFrame, low: int, high: int, outside: str) -> tuple[pd.DataFrame, list[str]]:
    time = rows["year"] - rows["first"]
    if outside == "drop":
        rows, time = rows[time.isna() | time.between(low, high)], time[time.isna() | time.between(low, high)]
    rows, names = rows.copy(), []
    for event in range(low, high + 1):
        if event != -1 and (time.clip(low, high) == event).any():
            rows[f"event_{event}"] = (time.clip(low, high) == event).astype(float)
            names.append(f"event_{event}")
    return seen_again(rows), names


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", PANELS)
def test_did_as_linearmodels_on_the_rows(name: str, rule: str) -> None:
    rows = followed_persons(**PANELS[name])
    fit = did_of_persons(panel_with_groups(rows, rule))
    used = seen_again(by_rule(rows, rule))
    used = used.assign(att=(used["year"] >= used["first"]).astype(float))
    coef, covariance = linearmodels(used, ["att"])
    assert fit.n_observations == len(used)
    assert fit.coef[0] == pytest.approx(coef[0], rel=EXACT)
    assert covariance_cr0(fit)[0, 0] == pytest.approx(covariance[0, 0], rel=EXACT)
    g, n, k = used["municipality"].nunique(), len(used), 1 + used["year"].nunique()
    factor = g / (g - 1) * (n - 1) / (n - k)
    assert covariance_cr1(fit)[0, 0] == pytest.approx(factor * covariance[0, 0], rel=EXACT)
    assert fit.residual_df == n - used["unit"].nunique() - (k - 1)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("outside", ["bin", "drop"])
def test_event_study_as_linearmodels_on_the_rows(outside: str, rule: str) -> None:
    """Dropping cells changes in which years a person is seen, and leaves some with a single one."""
    rows = followed_persons(5, share=0.5)
    fit = event_study_of_persons(panel_with_groups(rows, rule), (-2, 2), outside=outside)
    used, names = with_events(by_rule(rows, rule), -2, 2, outside)
    coef, covariance = linearmodels(used, names)
    assert [term.name for term in fit.terms] == names
    assert fit.n_observations == len(used)
    assert fit.coef == pytest.approx(coef, rel=EXACT)
    assert covariance_cr0(fit) == pytest.approx(covariance, rel=EXACT, abs=EXACT)


def test_years_of_anticipation_are_not_used() -> None:
    rows = followed_persons(6)
    fit = did_of_persons(panel_with_groups(rows, "first"), anticipation=1)
    used = by_rule(rows, "first")
    used = seen_again(used[used["year"] != used["first"] - 1])
    coef, covariance = linearmodels(used.assign(att=(used["year"] >= used["first"]).astype(float)), ["att"])
    assert fit.coef[0] == pytest.approx(coef[0], rel=EXACT)
    assert covariance_cr0(fit)[0, 0] == pytest.approx(covariance[0, 0], rel=EXACT)


def dense(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y, [exposure, years], clusters: person means taken out of the rows."""
    rows = rows.reset_index(drop=True)
    x = np.column_stack(
        [(rows["year"] >= rows["first"]).to_numpy(float), pd.get_dummies(rows["year"], drop_first=True, dtype=float)]
    )
    frame = pd.DataFrame(np.column_stack([rows["y"], x]))
    within = (frame - frame.groupby(rows["unit"]).transform("mean")).to_numpy()
    return within[:, 0], within[:, 1:], rows["municipality"].astype("category").cat.codes.to_numpy()


def by_name(fit: object, name: str) -> Inference:
    (row,) = apply(name, fit, Options(draws=999))  # type: ignore[arg-type]
    return row


@pytest.mark.parametrize("rule", RULES)
def test_jackknife_and_bias_reduced_errors_as_on_the_rows(rule: str) -> None:
    rows = followed_persons(7)
    fit = did_of_persons(panel_with_groups(rows, rule))
    y, x, cluster = dense(seen_again(by_rule(rows, rule)))
    theirs = sm.OLS(y, x).fit()
    assert fit.coef[0] == pytest.approx(theirs.params[0], rel=EXACT)
    groups, bread = np.unique(cluster), np.linalg.inv(x.T @ x)
    without = np.array([sm.OLS(y[cluster != c], x[cluster != c]).fit().params[0] for c in groups])
    jackknife = np.sqrt((len(groups) - 1) / len(groups) * ((without - theirs.params[0]) ** 2).sum())
    assert by_name(fit, "cr3").std_error == pytest.approx(jackknife, rel=1e-6)
    square = 0.0
    for c in groups:
        own, rest = x[cluster == c], theirs.resid[cluster == c]
        values, vectors = np.linalg.eigh(np.eye(len(own)) - own @ bread @ own.T)
        square += float((bread[0] @ own.T @ (vectors * values**-0.5) @ vectors.T @ rest) ** 2)
    assert by_name(fit, "cr2").std_error == pytest.approx(np.sqrt(square), rel=1e-6)
