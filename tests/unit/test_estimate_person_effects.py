"""Person effects: worked by hand, what they become where nobody leaves, who counts, and what may be asked of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lib.moving_persons import followed_persons, panel_with_groups
from lib.panels import panel_of_persons
from pydantic import ValidationError

from ipscausal import api
from ipscausal.advisor import choose_estimators
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import did, did_of_persons, event_study, event_study_of_persons
from ipscausal.estimate.named import Asked, average_effect, effects_over_time
from ipscausal.inference import METHODS, Options, apply, covariance_cr1
from ipscausal.study import Design

OPTIONS = Options(draws=199)


def persons(*rows: tuple[str, str, int, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["person", "municipality", "year", "y", "first"])


def two_places(*treated: tuple[str, int, float]) -> pd.DataFrame:
    """`treated` rows in A, treated from 2011 on, and two steady persons in B who gain 1."""
    never = [(who, "B", year, 20.0 + (year == 2011), np.nan) for who in ("c", "d") for year in (2010, 2011)]
    return persons(*((who, "A", year, y, 2011.0) for who, year, y in treated), *never)


def test_those_who_come_and_go_do_not_count_by_hand() -> None:
    """a gains 5 in A, c and d gain 1 in B: 4. Who is in A only before or after moves the means and not the effect."""
    rows = two_places(("a", 2010, 10), ("a", 2011, 15), ("low", 2010, 0), ("high", 2011, 90))
    panel = panel_with_groups(rows, "first")
    fit = did_of_persons(panel)
    assert fit.coef == pytest.approx([4.0])
    assert did(panel).coef == pytest.approx([(15 + 90) / 2 - (10 + 0) / 2 - 1])
    assert (fit.n_observations, fit.panel.person_count) == (6, 3)
    assert (fit.support_treated[0], fit.support_control[0]) == (1, 2)
    assert fit.residual_df == 6 - 3 - 1 - 1


def test_a_mover_by_each_rule_by_hand() -> None:
    """m gains 9 when moving from A to B: in A to the first rule, two persons of a year each, or nobody."""
    rows = pd.concat(
        [two_places(("a", 2010, 10), ("a", 2011, 15)), persons(("m", "A", 2010, 0, 2011), ("m", "B", 2011, 9, np.nan))]
    )
    assert did_of_persons(panel_with_groups(rows, "first")).coef == pytest.approx([(5 + 9) / 2 - 1])
    for rule in ("separate", "exclude"):
        assert did_of_persons(panel_with_groups(rows, rule)).coef == pytest.approx([5 - 1])


def test_where_nobody_leaves_it_is_two_way_fixed_effects_of_cells() -> None:
    panel = panel_with_groups(followed_persons(11, share=1.0, moving=0.0), "first")
    for ours, cells in ((did_of_persons(panel), did(panel)), (event_study_of_persons(panel), event_study(panel))):
        assert ours.coef == pytest.approx(cells.coef, rel=1e-10)
        assert ours.cell_weights == pytest.approx(cells.cell_weights, abs=1e-12)
        assert ours.adjusted_mean == pytest.approx(cells.adjusted_mean, rel=1e-10)
        assert covariance_cr1(ours) == pytest.approx(covariance_cr1(cells), rel=1e-8)
        assert (ours.n_observations, ours.n_parameters) == (cells.n_observations, cells.n_parameters)
        assert ours.residual_df < cells.residual_df


@pytest.mark.parametrize("rule", ["first", "separate", "exclude"])
def test_coefficients_are_linear_in_the_means_of_the_same_persons(rule: str) -> None:
    panel = panel_with_groups(followed_persons(12, share=0.5), rule)
    for fit in (did_of_persons(panel), event_study_of_persons(panel, (-3, 2), outside="drop")):
        again = np.einsum("qgt,gt->q", fit.cell_weights, np.nan_to_num(fit.adjusted_mean))
        assert again == pytest.approx(fit.coef, rel=1e-9)
        assert fit.contributions.sum(axis=0) == pytest.approx(0, abs=1e-9)
        assert fit.cell_weights.sum(axis=2) == pytest.approx(0, abs=1e-12)
        assert did(panel).adjusted_mean != pytest.approx(did_of_persons(panel).adjusted_mean, rel=1e-3)


def test_fewer_years_or_municipalities_are_those_of_the_rows() -> None:
    rows = followed_persons(13)
    panel = panel_with_groups(rows, "separate")
    early, some = rows["year"] < 2015, rows["municipality"] != "m07"
    cut = panel.of_years(panel.years < 2015)
    assert did_of_persons(cut).coef == pytest.approx(
        did_of_persons(panel_with_groups(rows[early], "separate")).coef, rel=1e-10
    )
    chosen = panel.select(np.array([code != "m07" for code in panel.municipality]))
    assert did_of_persons(chosen).coef == pytest.approx(
        did_of_persons(panel_with_groups(rows[some], "separate")).coef, rel=1e-10
    )
    fit = did_of_persons(panel)
    assert fit.refit(panel).coef == pytest.approx(fit.coef, rel=0)
    assert fit.refit(fit.panel).coef == pytest.approx(fit.coef, rel=1e-12)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_answers_or_says_why_not(name: str) -> None:
    fit = did_of_persons(panel_with_groups(followed_persons(14, municipalities=12), "first"))
    (row,) = apply(name, fit, OPTIONS)
    assert row.estimate is None or np.isfinite(row.estimate)
    assert row.status == "not_identified" or row.p_value is not None or row.conf_low is not None
    assert row.status != "not_identified" or row.assumptions


def test_methods_that_know_the_noise_of_cell_means_do_not_answer() -> None:
    """The noise of means of the same persons is another one."""
    fit = did_of_persons(panel_with_groups(followed_persons(15), "first"))
    assert {apply(name, fit, OPTIONS)[0].status for name in ("panel", "sampling", "hc1")} == {"not_identified"}


def test_a_panel_of_cells_alone_is_refused() -> None:
    with pytest.raises(UsageError, match="in which years a person is counted"):
        did_of_persons(panel_of_persons(followed_persons(16)))


def test_an_effect_on_people_never_seen_before_and_after_is_not_identified() -> None:
    rows = two_places(("a", 2010, 10), ("b", 2011, 15))
    with pytest.raises(IdentificationError):
        did_of_persons(panel_with_groups(rows, "first"))


def test_covariates_of_persons_are_taken_out() -> None:
    panel = panel_with_groups(followed_persons(17), "first")
    shape = panel.weight.shape
    with_age = replace(
        panel, covariates=("age",), x=np.ones((*shape, 1)), xx=np.ones((*shape, 1, 1)), xy=np.ones((*shape, 1))
    )
    fit = did_of_persons(with_age)
    assert fit.panel.covariates == ()
    assert fit.coef == pytest.approx(did_of_persons(panel).coef, rel=0)


def test_a_run_has_it_beside_the_others_where_the_study_counts_for_it() -> None:
    """Quoted is something else, whatever a plan names; a difference that no covariance tells is not judged."""
    panel = panel_with_groups(followed_persons(18, adoption={"m00": 2013}), "first")
    assert "twfe_person" in choose_estimators(panel).others
    assert choose_estimators(panel, ("imputation",)).names == ("imputation", "twfe_person")
    assert "twfe_person" not in choose_estimators(replace(panel, person_groups=None)).names
    asked = Asked(anticipation=0, window=(-2, 2))
    assert average_effect("twfe_person", panel, asked).coef == pytest.approx(did_of_persons(panel).coef, rel=0)
    over_time = effects_over_time("twfe_person", panel, asked)
    assert over_time.coef == pytest.approx(event_study_of_persons(panel, (-2, 2)).coef, rel=0)


def test_the_public_calls_take_person_effects() -> None:
    panel = panel_with_groups(followed_persons(19), "separate")
    result = api.did(panel, effects="person")
    assert result.estimate.estimator == "twfe_person"
    assert "Two-way fixed effects of persons and years" in result.summary()
    assert {"staggered_twfe"} <= {note.code for note in result.notices}
    assert api.event_study(panel, (-2, 2), effects="person").event_rows()[0]["event_time"] == -2
    for wrong in ({"effects": "persons"}, {"effects": "person", "trends": "municipality"}):
        with pytest.raises(UsageError):
            api.did(panel, **wrong)


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ({"estimators": ("twfe", "twfe_person")}, "needs person_effects"),
        ({"estimators": ("twfe_person", "twfe"), "person_effects": "first"}, "the one to quote first"),
    ],
)
def test_a_study_that_cannot_have_it_says_so(design: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Design.model_validate({"comparison": "never", **design})
