"""Effects by subgroup: tests of equality by hand and against statsmodels, adjusted p-values, and what is declared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from lib import delivery
from lib.known_noise import known_noise_panel
from lib.panels import panel_of_means
from scipy import stats

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import aggregate, att_gt, did, event_study
from ipscausal.inference import joint_covariance
from ipscausal.panel import Panel
from ipscausal.sensitivity import declared_dimensions, heterogeneity
from ipscausal.subgroups import Subgroups

RNG = np.random.default_rng(11)
G, T, TREATED = 24, 6, 7
MANY = [2013.0] * TREATED + [np.inf] * (G - TREATED)
MEANS = RNG.normal(0, 1, (3, G, T)) + RNG.normal(0, 1, (1, G, T)) + 2 * RNG.normal(0, 1, (1, G, 1))


def dimension(levels: int = 3, name: str = "age band", means: np.ndarray = MEANS) -> Subgroups:
    panels = tuple(panel_of_means(means[k], MANY) for k in range(levels))
    return Subgroups(name, tuple("abc"[:levels]), panels)


def rows_of(of: Subgroups) -> pd.DataFrame:
    """All cells of all levels as one data set."""
    parts = []
    for level, panel in zip(of.levels, of.panels, strict=True):
        g, t = np.meshgrid(np.arange(G), np.arange(T), indexing="ij")
        d = (panel.exposed * panel.treated[:, None]).ravel()
        parts.append(pd.DataFrame({"level": level, "g": g.ravel(), "t": t.ravel(), "y": panel.mean.ravel(), "d": d}))
    return pd.concat(parts, ignore_index=True)


def test_covariance_is_that_of_one_regression_with_everything_by_level() -> None:
    of = dimension()
    frame = rows_of(of)
    fit = smf.ols("y ~ C(level):d + C(g):C(level) + C(t):C(level) - 1", frame).fit()
    names = [f"C(level)[{level}]:d" for level in of.levels]
    robust = fit.get_robustcov_results(
        "cluster", groups=frame["g"].to_numpy(), use_correction=False, df_correction=False
    )
    place = [fit.model.exog_names.index(name) for name in names]
    value = np.asarray(fit.params)[place]
    covariance = robust.cov_params()[np.ix_(place, place)] * G / (G - 1)
    found = heterogeneity([of])
    assert [float(effect.estimate.coef[0]) for effect in found.effects if effect.estimate] == pytest.approx(
        value, rel=1e-8
    )
    (test,) = found.interactions
    apart = np.array([[-1.0, 1, 0], [-1, 0, 1]])
    gap = apart @ value
    wald = gap @ np.linalg.solve(apart @ covariance @ apart.T, gap)
    # Hotelling: d = 7 - 1, two differences
    assert (test.basis, test.df1, test.df2) == ("contributions", 2, 5)
    assert test.statistic == pytest.approx(wald * 5 / (6 * 2), rel=1e-8)
    assert test.p_value == pytest.approx(stats.f.sf(wald * 5 / 12, 2, 5), rel=1e-8)
    high, low = int(value.argmax()), int(value.argmin())
    assert test.widest == (of.levels[high], of.levels[low])
    assert test.difference == pytest.approx(value[high] - value[low], rel=1e-8)
    spread = covariance[high, high] + covariance[low, low] - 2 * covariance[high, low]
    assert test.std_error == pytest.approx(np.sqrt(spread), rel=1e-8)


def test_two_levels_are_a_t_test_of_their_difference() -> None:
    (test,) = heterogeneity([dimension(2)]).interactions
    assert test.difference is not None
    assert test.std_error is not None
    assert (test.df1, test.df2) == (1, 6)
    assert test.statistic == pytest.approx((test.difference / test.std_error) ** 2, rel=1e-10)


def test_the_reference_level_and_the_order_do_not_matter() -> None:
    of = dimension()
    turned = Subgroups(of.dimension, of.levels[::-1], of.panels[::-1])
    first, second = heterogeneity([of]).interactions[0], heterogeneity([turned]).interactions[0]
    assert first.p_value == pytest.approx(second.p_value, rel=1e-9)
    assert first.widest == second.widest


def test_what_all_levels_share_in_a_municipality_and_year_leaves_the_test_alone() -> None:
    shared = 5 * RNG.normal(0, 1, (1, G, T))
    plain, moved = (heterogeneity([dimension(means=means)]).interactions[0] for means in (MEANS, MEANS + shared))
    assert moved.statistic == pytest.approx(plain.statistic, rel=1e-8)


def test_equal_levels_have_nothing_to_test() -> None:
    (test,) = heterogeneity([dimension(means=MEANS[[0, 0, 0]])]).interactions
    assert (test.reason, test.p_value, test.p_holm) == ("no variance", None, None)


ONE = [2013.0] + [np.inf] * 10
SIZE = np.full((11, T), 200.0)


def few(levels: int, covariance: np.ndarray | None = None) -> Subgroups:
    rng = np.random.default_rng(3)
    within = np.full((11, T), 400.0)
    panels = tuple(known_noise_panel(rng.normal(0, 2, (11, T)), ONE, SIZE, within) for _ in range(levels))
    means = [np.stack([np.diag(row) for row in within / SIZE])] * levels
    known = tuple(replace(panel, mean_covariance=mean) for panel, mean in zip(panels, means, strict=True))
    return Subgroups("d", tuple("abc"[:levels]), known, covariance)


def test_few_treated_are_judged_by_the_panel_model_of_each_level() -> None:
    of = few(3)
    found = heterogeneity([of])
    (test,) = found.interactions
    fits = [effect.estimate for effect in found.effects if effect.estimate is not None]
    value = np.array([fit.coef[0] for fit in fits])
    matrix = np.diag([joint_covariance(fit)[1][0, 0] for fit in fits])
    apart = np.array([[-1.0, 1, 0], [-1, 0, 1]])
    wald = (apart @ value) @ np.linalg.solve(apart @ matrix @ apart.T, apart @ value)
    assert (test.basis, test.df1, test.df2) == ("levels", 2, None)
    assert test.statistic == pytest.approx(wald, rel=1e-9)
    assert test.p_value == pytest.approx(stats.chi2.sf(wald, 2), rel=1e-9)
    assert (test.p_holm, test.p_romano_wolf) == (pytest.approx(test.p_value), None)
    assert {effect.p_romano_wolf for effect in found.effects} == {None}


def test_few_treated_without_known_noise_are_judged_by_the_controls_with_their_degrees_of_freedom() -> None:
    rng = np.random.default_rng(8)
    of = Subgroups("d", ("a", "b"), tuple(panel_of_means(rng.normal(0, 2, (11, T)), ONE) for _ in range(2)))
    found = heterogeneity([of])
    (test,) = found.interactions
    fits = [effect.estimate for effect in found.effects if effect.estimate is not None]
    assert {joint_covariance(fit)[0] for fit in fits} == {"collapse"}
    variance = sum(joint_covariance(fit)[1][0, 0] for fit in fits)
    t = (fits[1].coef[0] - fits[0].coef[0]) / np.sqrt(variance)
    # eleven municipalities, two means
    assert (test.basis, test.df1, test.df2) == ("levels", 1, 9)
    assert test.p_value == pytest.approx(2 * stats.t.sf(abs(t), 9), rel=1e-9)


def test_more_levels_than_treated_municipalities_can_tell_apart_are_judged_level_by_level() -> None:
    rng = np.random.default_rng(6)
    dates = [2013.0] * 5 + [np.inf] * 15
    panels = tuple(panel_of_means(rng.normal(0, 1, (20, T)), dates) for _ in range(6))
    five, six = (
        heterogeneity([Subgroups("d", tuple("abcdef"[:k]), panels[:k])]).interactions[0] for k in (5, 6)
    )  # fmt: skip
    assert (five.basis, five.df2) == ("contributions", 1)
    assert (six.basis, six.df1, six.df2, six.p_romano_wolf) == ("levels", 5, 4, None)


def test_persons_who_change_level_are_counted_in_the_difference() -> None:
    plain = few(2)
    between = np.zeros((2, 2, 11, T, T))
    # somebody young before and old after the start: the mean of one level in 2010, of the other in 2014
    between[0, 1, :, 0, 4] = between[1, 0, :, 4, 0] = 1.5
    (without,), (counted,) = (heterogeneity([of]).interactions for of in (plain, replace(plain, covariance=between)))
    weights = [did(panel).cell_weights[0] for panel in plain.panels]
    covariance = 1.5 * (weights[0][:, 0] * weights[1][:, 4]).sum()
    assert covariance < 0
    assert without.std_error is not None
    assert counted.std_error == pytest.approx(np.sqrt(without.std_error**2 - 2 * covariance), rel=1e-9)


def test_romano_wolf_sees_that_two_dimensions_are_one() -> None:
    twice = [dimension(2, "sex"), dimension(2, "the same again")]
    found = heterogeneity(twice)
    for test in found.interactions:
        assert test.p_value is not None
        assert test.p_holm == pytest.approx(min(1, 2 * test.p_value))
        assert test.p_romano_wolf == pytest.approx(test.p_value, abs=2e-4)
    for effect in found.effects:
        assert effect.row is not None
        assert effect.p_holm is not None
        assert effect.p_romano_wolf is not None
        assert effect.row.p_value is not None
        assert effect.row.p_value <= effect.p_romano_wolf <= effect.p_holm + 0.01


def test_holm_is_over_all_levels_of_all_dimensions() -> None:
    found = heterogeneity([dimension(2, "sex"), dimension(3, "age band", MEANS[::-1])])
    p = np.array([effect.row.p_value for effect in found.effects if effect.row is not None], dtype=float)
    smallest = int(p.argmin())
    assert len(p) == 5
    assert found.effects[smallest].p_holm == pytest.approx(min(1, 5 * p[smallest]))


def test_unknown_is_left_out_and_a_level_without_treated_says_why() -> None:
    panels = dimension().panels
    nobody = panels[2].without(np.repeat(panels[2].treated[:, None], T, axis=1))
    found = heterogeneity([Subgroups("sex", ("man", "unknown", "woman"), (panels[0], panels[1], nobody))])
    assert [effect.level for effect in found.effects] == ["man", "woman"]
    assert found.effects[1].row is None
    assert "no treated municipality" in found.effects[1].reason
    (test,) = found.interactions
    assert (test.reason, test.levels, test.p_value) == ("one level", ("man",), None)


def test_any_estimator_of_one_effect_serves() -> None:
    def simple(panel: Panel) -> object:
        return aggregate(att_gt(panel), "simple")

    found = heterogeneity([dimension(2)], simple, method="analytic")  # type: ignore[arg-type]
    assert found.estimator == "att_gt"
    assert {effect.row.method for effect in found.effects if effect.row} == {"analytic"}
    with pytest.raises(UsageError, match="one per subgroup is needed"):
        heterogeneity([dimension(2)], event_study)


def test_declared_is_what_a_locked_plan_names() -> None:
    def planned(status: str) -> frozenset[str]:
        about = {"id": "s", "title": {"en": "S"}, "plan": {"status": status}}
        chosen = delivery.study(heterogeneity={"by": ["sex", "prior work"]})
        return declared_dimensions(chosen.model_validate(chosen.model_dump(mode="json") | {"study": about}))

    assert planned("locked") == {"sex", "prior work"}
    assert planned("draft") == planned("amended") == frozenset()
    found = heterogeneity([dimension(2, "sex"), dimension(2)], declared={"sex"})
    assert [test.standing for test in found.interactions] == ["declared", "exploratory"]
    assert [effect.standing for effect in found.effects] == ["declared"] * 2 + ["exploratory"] * 2


def test_nothing_to_look_at_is_refused() -> None:
    for given in ([], [dimension(2), dimension(2)]):
        with pytest.raises(UsageError, match="needs dimensions, each once"):
            heterogeneity(given)
    nobody = tuple(replace(panel, adoption=np.full(G, np.inf)) for panel in dimension(2).panels)
    with pytest.raises(IdentificationError, match="no level of any dimension"):
        heterogeneity([Subgroups("d", ("a", "b"), nobody)])
