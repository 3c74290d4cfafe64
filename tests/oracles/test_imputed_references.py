"""Imputation against R didimputation 0.5.0, two-stage against R did2s 1.2.0.

Estimates agree to 1e-7 and not to 1e-8: both packages take the first stage from fixest, whose alternating projections
stop at a change of 1e-6 in the fixed effects; the two packages' own 15 digits are those of one run of it.
"""

import functools

import numpy as np
import pandas as pd
import pytest
from lib.imputed_rows import Rows, mask, rows_of
from lib.reference import reference, reference_json

from ipscausal.estimate import Estimate, imputation, imputation_pretrends, two_stage
from ipscausal.estimate.aggregate import aggregate
from ipscausal.panel import Panel

MPDTA = ("mpdta.csv", "countyreal", "year", "lemp", "first.treat")
CASTLE = ("castle_min.csv", "sid", "year", "l_homicide", "first_post")
DF_HET = ("df_het.csv", "unit", "year", "dep_var", "g")
FIXEST = 1e-6  # see above; relative to the larger of estimate and standard error


@functools.cache
def frame_of(name: str) -> pd.DataFrame:
    return pd.read_csv(reference(f"data/{name}"))


def panel_of(data: tuple[str, str, str, str, str], weights: str | None = None) -> Panel:
    file, municipality, year, outcome, adoption = data
    return Panel.from_frame(
        frame_of(file), municipality=municipality, year=year, outcome=outcome, adoption=adoption, weights=weights
    )


def states(panel: Panel) -> np.ndarray:
    """Position of the state of each unit of df_het; states hold several adoption years."""
    state = frame_of("df_het.csv").groupby("unit")["state"].first()
    return np.unique([state[int(code)] for code in panel.municipality], return_inverse=True)[1]


def error(estimate: Estimate, cluster_of: np.ndarray | None = None) -> np.ndarray:
    """Root of the sum of squares of contributions, summed by cluster; no small-sample factor."""
    if cluster_of is None:
        return np.sqrt((estimate.contributions**2).sum(axis=0))
    return np.sqrt(sum((estimate.contributions[cluster_of == c].sum(axis=0)) ** 2 for c in np.unique(cluster_of)))


def expected(file: str, label: str, key: str, se: str) -> dict[str, tuple[float, float]]:
    """Estimate and standard error by the last part of the term's name."""
    results = {row["label"]: row for row in reference_json(f"results/{file}.json")["results"]}
    return {row["term"].split("::")[-1]: (row["estimate"], row[se]) for row in results[label][key]}


def assert_agrees(estimate: Estimate, errors: np.ndarray, wanted: dict[str, tuple[float, float]]) -> None:
    found = {str(term.event_time): j for j, term in enumerate(estimate.terms)}
    assert set(wanted) <= set(found)
    for term, (value, se) in wanted.items():
        assert estimate.coef[found[term]] == pytest.approx(value, rel=FIXEST, abs=FIXEST * se)
        assert errors[found[term]] == pytest.approx(se, rel=FIXEST)


@pytest.mark.parametrize(
    ("data", "label", "by_state"),
    [
        (DF_HET, "df_het static, cluster unit(default)", False),
        (DF_HET, "df_het static, cluster state", True),
        (MPDTA, "mpdta static", False),
        (CASTLE, "castle static, l_homicide, g=first_post (0 never), cluster state", False),
    ],
)
def test_imputation_static(data, label, by_state):
    panel = panel_of(data)
    estimate = aggregate(imputation(panel), "simple")
    ((value, se),) = expected("bjs_didimputation", label, "res", "std.error").values()
    assert estimate.coef[0] == pytest.approx(value, rel=FIXEST)
    assert error(estimate, states(panel) if by_state else None)[0] == pytest.approx(se, rel=FIXEST)


@pytest.mark.parametrize(
    ("data", "label", "by_state"),
    [
        (DF_HET, "df_het horizon=TRUE, pretrends=-5:-1, cluster state", True),
        (MPDTA, "mpdta horizon, pretrends -3:-1", False),
        (CASTLE, "castle horizon", False),
    ],
)
def test_imputation_horizons(data, label, by_state):
    panel = panel_of(data)
    estimate = aggregate(imputation(panel), "event")
    wanted = expected("bjs_didimputation", label, "res", "std.error")
    after = {term: row for term, row in wanted.items() if int(term) >= 0}
    assert_agrees(estimate, error(estimate, states(panel) if by_state else None), after)


@pytest.mark.parametrize(
    ("data", "label", "leads", "by_state"),
    [
        (MPDTA, "mpdta horizon, pretrends -3:-1", 3, False),
        (DF_HET, "df_het horizon=TRUE, pretrends=-5:-1, cluster state", 5, True),
    ],
)
def test_imputation_pretrends(data, label, leads, by_state):
    """The package's errors are fixest's: CR1, whose parameters are years, leads and the constant."""
    panel = panel_of(data)
    estimate = imputation_pretrends(panel, leads=leads)
    cluster_of = states(panel) if by_state else np.arange(len(panel.municipality))
    n, g = estimate.n_observations, cluster_of.max() + 1
    cr1 = np.sqrt(g / (g - 1) * (n - 1) / (n - estimate.n_parameters))
    wanted = expected("bjs_didimputation", label, "res", "std.error")
    assert [term.event_time for term in estimate.terms] == list(range(-leads, 0))
    assert_agrees(estimate, cr1 * error(estimate, cluster_of), {str(e): wanted[str(e)] for e in range(-leads, 0)})


def test_imputation_with_weights_follows_the_paper_and_not_the_package():
    """The package multiplies Z by the weights on both sides, Z0'W W Z0 and Z1'W w1, so that its v solves no constraint.

    Both versions are written out on rows here: its number comes out with its rule, ours with the estimator's own v.
    """
    frame = frame_of("mpdta.csv")
    rows = Rows(rows_of(frame, *MPDTA[1:]), weight=frame["lpop"].to_numpy())
    free, after = ~rows.treated, mask(rows, lambda time: time >= 0)
    twice = np.linalg.pinv(rows.z[free].T @ (rows.z[free] * rows.w[free, None] ** 2))
    value, theirs = rows.imputation(after, rows.influence(after, twice, power=2))
    _, own = rows.imputation(after)
    ((wanted, se),) = expected("bjs_didimputation", "mpdta static, weights lpop", "res", "std.error").values()
    assert (value, np.sqrt((theirs**2).sum())) == pytest.approx((wanted, se), rel=FIXEST)
    estimate = aggregate(imputation(panel_of(MPDTA, "lpop")), "simple")
    assert estimate.coef[0] == pytest.approx(wanted, rel=FIXEST)
    assert error(estimate)[0] == pytest.approx(np.sqrt((own**2).sum()), rel=1e-9)
    assert error(estimate)[0] == pytest.approx(se, rel=0.03)
    assert rows.influence(after) @ rows.z == pytest.approx(0, abs=1e-9)
    assert np.abs(rows.influence(after, twice, power=2) @ rows.z).max() > 1e-3


def test_municipalities_with_one_untreated_year_stay():
    """Dropping them, as fixest's default does, gives -0.0337 for mpdta."""
    panel = panel_of(MPDTA)
    early = panel.adoption == 2004
    assert np.all((panel.event_time[early] < 0).sum(axis=1) == 1)
    assert aggregate(imputation(panel), "simple").coef[0] == pytest.approx(-0.0477099, abs=1e-7)
    assert aggregate(imputation(panel.select(~early)), "simple").coef[0] == pytest.approx(-0.0337, abs=5e-5)


@pytest.mark.parametrize(
    ("data", "label", "weights"),
    [
        (DF_HET, "static, df_het, cluster state", None),
        (CASTLE, "castle static, unweighted, cluster state", None),
        (CASTLE, "castle static, popwt, cluster state", "popwt"),
        (MPDTA, "mpdta static", None),
    ],
)
def test_two_stage_static(data, label, weights):
    panel = panel_of(data, weights)
    estimate = aggregate(two_stage(panel), "simple")
    ((value, se),) = expected("did2s", label, "coef", "se").values()
    assert estimate.coef[0] == pytest.approx(value, rel=FIXEST)
    assert error(estimate, states(panel) if data is DF_HET else None)[0] == pytest.approx(se, rel=FIXEST)


@pytest.mark.parametrize(
    ("data", "label"),
    [
        (DF_HET, "event study, ref -1 and Inf (never), df_het, cluster state"),
        (MPDTA, "mpdta event study ref -1, Inf"),
    ],
)
def test_two_stage_event_study(data, label):
    panel = panel_of(data)
    estimate = aggregate(two_stage(panel), "event")
    assert_agrees(
        estimate, error(estimate, states(panel) if data is DF_HET else None), expected("did2s", label, "coef", "se")
    )
