"""Synthetic comparisons as a reader meets them: tables, text, figure."""

import numpy as np
import pytest
from lib.panels import panel_of_means
from lib.smoking import smoking_panel

import ipscausal as ips
from ipscausal.errors import UsageError
from ipscausal.language import LANGUAGES
from ipscausal.panel import Panel

NEVER = np.inf


def panel(dates: tuple[float, ...] = (2014,), seed: int = 0, g: int = 10) -> Panel:
    rng = np.random.default_rng(seed)
    mean = 40 + rng.normal(0, 3, (g, 1)) + rng.normal(0, 1, (g, 8)).cumsum(axis=1)
    return panel_of_means(mean, [*dates, *[NEVER] * (g - len(dates))])


def test_the_average_effect_is_judged_by_placebo_municipalities() -> None:
    result = ips.synthetic_did(smoking_panel())
    table = result.tidy()
    assert list(table["method"])[:2] == ["placebo_t", "placebo_rank"]
    assert list(table["role"])[:2] == ["primary", "companion"]
    assert table["estimate"][0] == pytest.approx(-15.604, rel=1.5e-4)
    assert table["p_value"][1] == pytest.approx(2 / 39)
    # the large-sample formula sees nothing of one treated municipality
    assert table.set_index("method").loc["analytic", ["p_value", "conf_low"]].isna().all()


def test_weights_paths_and_fits_belong_together() -> None:
    result = ips.synthetic_did(panel((2013, 2015, 2015)))
    weights, paths, fits = result.weights(), result.paths(), result.fits()
    assert list(fits["treated"]) == ["m000", "m001, m002"]
    assert weights.groupby("cohort")["weight"].sum().to_numpy() == pytest.approx([1, 1])
    for cohort in (2013, 2015):
        own = paths[paths["cohort"] == cohort].set_index("year")
        assert own["gap"].to_numpy() == pytest.approx((own["observed"] - own["synthetic"]).to_numpy())
        assert own.loc[own["is_after"], "gap"].mean() == pytest.approx(fits.set_index("cohort")["effect"][cohort])
        assert own["year_weight"].sum() == pytest.approx(1)
        assert own["gap"] @ own["year_weight"] == pytest.approx(0, abs=1e-9)
    total = fits.set_index("cohort")["effect"]
    assert result.estimate.coef[0] == pytest.approx((total[2013] * 5 + total[2015] * 2 * 3) / 11)


def test_effects_by_event_time_with_those_before() -> None:
    result = ips.synthetic_did(panel())
    events = result.aggregate("event")
    found = {row["event_time"]: row["estimate"] for row in events.event_rows()}
    gap = result.paths().set_index("year")["gap"]
    assert [found[year - 2014] for year in range(2010, 2018)] == pytest.approx(list(gap))
    assert events.joint[0] == "placebo"
    assert result.aggregate("event", window=(0, 2)).tidy()["term"].nunique() == 3


def test_placebos_rank_by_the_ratio_of_gaps() -> None:
    table = ips.synthetic_control(smoking_panel()).placebos()
    assert len(table) == 39
    assert table["ratio"].to_numpy() == pytest.approx((table["rmspe_after"] / table["rmspe_before"]).to_numpy())
    assert list(table["rank"]) == sorted(table["rank"])
    own = table[table["is_treated"]].iloc[0]
    assert (own["municipality"], own["rank"]) == ("California", 3)
    assert own["p"] == pytest.approx(3 / 39)
    assert table["p"].notna().sum() == 1


def test_each_of_several_treated_is_ranked_alone_and_a_mean_is_not() -> None:
    several = panel((2014, 2014))
    table = ips.synthetic_control(several).placebos()
    assert table[table["is_treated"]]["municipality"].tolist() == ["m000", "m001"]
    assert len(table) == 2 * 9
    with pytest.raises(UsageError, match="several treated"):
        ips.synthetic_did(several).placebos()


def test_leaving_out_donors_one_by_one() -> None:
    of = panel(seed=3)
    result = ips.synthetic_control(of)
    table = result.leave_one_out()
    carrying = result.weights().query("weight > 1e-6")
    assert set(table["left_out"]) == set(carrying["municipality"])
    assert (table["change"].abs().diff().dropna() <= 0).all()
    code = table["left_out"][0]
    again = ips.synthetic_control(of.select(np.array(of.municipality) != code))
    assert table["estimate"][0] == pytest.approx(again.estimate.coef[0])


def test_summary_names_the_fit_and_the_donors_and_who_is_left_out() -> None:
    of = panel((2014, 2011))
    hole = np.zeros((10, 8), dtype=bool)
    hole[7, 2] = True
    result = ips.synthetic_did(of.without(hole))
    text, fit = result.summary(), result.fits().iloc[0]
    assert f"the gap is {fit['rmspe_before']:.2f} before the start" in text
    assert f"Largest: {result.weights()['municipality'][0]} " in text
    assert "1 municipality without every year is left out" in text
    assert "too few years before" in text
    assert "[placebo_t, ok]" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figure_draws_both_paths_and_the_donors(language: str) -> None:
    result = ips.synthetic_did(panel((2013, 2015), seed=1, g=18))
    figure = result.plot(1, language)  # type: ignore[arg-type]
    own = result.paths().query("cohort == 2015")
    lines = [line.get_ydata() for line in figure.axes[0].lines]
    for column in ("observed", "synthetic"):
        assert any(len(line) == len(own) and np.allclose(line, own[column]) for line in lines)
    donors = result.weights().query("cohort == 2015 and weight > 1e-6")
    assert [text.get_text() for text in figure.axes[1].get_yticklabels()] == list(donors["municipality"])[:12]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(legend) == 3
    assert ("Synthetic comparison" in legend) == (language == "en")
    without = ips.synthetic_control(panel()).plot()
    assert len(without.legends[0].get_texts()) == 2
    with pytest.raises(UsageError, match="no part 2"):
        result.plot(2)


def test_what_is_asked_wrongly_is_said() -> None:
    with pytest.raises(UsageError, match="no option 'covariates'"):
        ips.synthetic_did(panel(), covariates=("lpop",))
    with pytest.raises(UsageError, match="list is no panel"):
        ips.synthetic_control([])  # type: ignore[arg-type]
