"""What is refused or marked whatever the data: options that are none, few comparison clusters, methods that fail."""

import numpy as np
import pytest
from lib.panels import panel_of_means

import ipscausal as ips
from ipscausal import estimate
from ipscausal.advisor.assumptions import ASSUMES
from ipscausal.errors import UsageError
from ipscausal.inference import METHODS, Options, apply, guide
from ipscausal.inference.wild.signs import choose_signs

INF = np.inf
RNG = np.random.default_rng(20261122)


@pytest.mark.parametrize(
    "wrong",
    [
        {"level": 95}, {"level": 1.0}, {"level": "95%"}, {"draws": 0}, {"draws": 1.5}, {"seed": -1},
        {"shock_ratio": -1.0}, {"shock_ratio": float("nan")}, {"shock_ratio": INF}, {"estimand": "precison"},
        {"signs": "foo"},
    ],
)  # fmt: skip
def test_an_option_that_is_none_is_told_by_name(wrong: dict) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        Options(**wrong)


def test_all_wrong_options_are_told_at_once() -> None:
    with pytest.raises(UsageError) as told:
        Options(level=95, draws=0, signs="foo")  # type: ignore[arg-type]
    assert len(told.value.problems) == 3


@pytest.mark.parametrize(("treated", "status"), [(10, "known_invalid"), (8, "known_invalid"), (6, "ok")])
def test_few_comparison_clusters_mark_residual_methods_as_few_treated_do(treated: int, status: str) -> None:
    fit = estimate.did(panel_of_means(RNG.normal(size=(12, 8)), [2014] * treated + [INF] * (12 - treated)))
    for name in ("cr1", "wcu_c"):
        assert apply(name, fit, Options())[0].status == status
    mirrored = estimate.did(panel_of_means(RNG.normal(size=(12, 8)), [2014] * (12 - treated) + [INF] * treated))
    assert guide(fit)[0].primary == guide(mirrored)[0].primary


def test_starts_in_many_years_are_compared_with_each_other() -> None:
    """Everybody starts some day: those outside the largest group that starts together are its comparison."""
    starts = [2012.0 + g % 6 for g in range(24)]
    fit = estimate.did(panel_of_means(RNG.normal(size=(24, 10)), starts))
    assert fit.n_smaller_arm.tolist() == [20]


def test_few_clusters_have_few_vectors_to_draw() -> None:
    assert choose_signs(2, Options()).floor == pytest.approx(2 / 36)
    assert choose_signs(4, Options()).floor == pytest.approx(2 / 6**4)
    assert choose_signs(7, Options()).floor == pytest.approx(1 / 10_000)


def test_every_method_says_what_it_assumes() -> None:
    assert set(ASSUMES) == set(METHODS)


@pytest.mark.parametrize("sizes", [(80, 900), (900, 80), (300, 300)])
@pytest.mark.parametrize("controls", [3, 4, 10])
def test_what_the_advisor_names_first_has_numbers(sizes: tuple[int, int], controls: int) -> None:
    size = np.repeat([[sizes[0]], *[[sizes[1]]] * controls], 8, axis=1).astype(float)
    mean = 60 + RNG.normal(0, 80, size.shape) / np.sqrt(size) + RNG.normal(0, 2, size.shape)
    panel = panel_of_means(mean, [2014.0] + [INF] * controls, size)
    advice = ips.advise(panel, draws=200)
    shown = {row["method"]: row for row in ips.did(panel, choice=advice).rows()}
    for name in (advice.choice.primary, advice.choice.companion):
        assert shown[name]["p_value"] is not None
        assert shown[name]["status"] != "known_invalid"
    assert shown[advice.choice.primary]["conf_low"] is not None


def test_a_plan_cannot_make_a_method_valid() -> None:
    panel = panel_of_means(RNG.normal(size=(11, 8)), [2014.0] + [INF] * 10)
    with pytest.raises(UsageError, match="primary = 'cr1' cannot be quoted here"):
        ips.advise(panel, draws=200, primary="cr1")


def test_what_is_no_panel_and_no_choice_is_said() -> None:
    with pytest.raises(UsageError, match="a str is no panel"):
        ips.did("panel")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="is no choice of methods"):
        ips.did(panel_of_means(RNG.normal(size=(5, 6)), [2013.0] + [INF] * 4), choice="panel")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="which stratum"):
        ips.infer(panel_of_means(RNG.normal(size=(5, 6)), [2013.0] + [INF] * 4), "ri", strata="x")  # type: ignore[arg-type]


def test_the_conventional_p_is_shown_only_when_it_is_asked_for() -> None:
    panel = panel_of_means(RNG.normal(size=(30, 8)), [2014.0] * 8 + [INF] * 22)
    row = ips.did(panel).tidy().set_index("method").loc["cr1"]
    assert (row["role"], row["status"]) == ("conventional", "ok")
    assert row[["p_value", "conf_low", "conf_high"]].isna().all()
    assert ips.infer(panel, "cr1").tidy()["p_value"].notna().all()
