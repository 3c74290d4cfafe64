"""Every method behind one signature: rows for each coefficient, trials, and what the rows speak of."""

import re
from dataclasses import replace

import numpy as np
import pytest
from lib.size_designs import COLUMNS, design, outcomes

from ipscausal import estimate
from ipscausal.errors import UsageError
from ipscausal.estimate import Estimate
from ipscausal.inference import METHODS, Options, apply
from ipscausal.language import LANGUAGES, catalogue

OPTIONS = Options(draws=199)
# run on an estimator, not on the outcomes of a design
NOT_CALIBRATED = ("analytic", "multiplier", "placebo_t", "placebo_rank", "jackknife_weights")


def simulated(name: str) -> Estimate:
    column = next(one for one in COLUMNS if one.name == name)
    rng = np.random.default_rng(3)
    draw = design(column, rng)
    return estimate.did(replace(draw.panel, y=outcomes(draw, 1, rng)[0] * draw.sizes))


@pytest.fixture(scope="module")
def fits() -> tuple[Estimate, ...]:
    return tuple(
        map(simulated, ("1 of 11, sd 2, rho 0.4", "1 of 31, n = 1050, sd 2, rho 0.4", "3 of 11, sd 2, rho 0.4"))
    )


@pytest.mark.parametrize("name", METHODS)
def test_a_row_speaks_of_what_its_method_says(name: str, fits: tuple[Estimate, ...]) -> None:
    found = [(fit.coef[0], apply(name, fit, OPTIONS)[0].estimate) for fit in fits]
    given = [(coefficient, value) for coefficient, value in found if value is not None]
    assert given
    own = [value == pytest.approx(coefficient, rel=1e-9) for coefficient, value in given]
    assert own == [METHODS[name].about == "coefficient"] * len(given)


@pytest.mark.parametrize("name", METHODS)
def test_a_row_states_its_assumptions_and_a_trial_its_p(name: str, fits: tuple[Estimate, ...]) -> None:
    for fit in fits:
        (row,) = apply(name, fit, OPTIONS)
        assert (row.term, row.method) == ("att", name)
        assert re.search(r"\w{4}.*[.]$", row.assumptions)
        assert (row.p_value is None) == (row.status == "not_identified")
        assert (row.draws is None) == (row.seed is None) or row.p_monte_carlo is None
        prepare = METHODS[name].prepare
        if name in NOT_CALIBRATED:
            assert prepare is None
            continue
        assert prepare is not None
        p = prepare(fit, 0, OPTIONS)(np.random.default_rng(1).normal(60, 5, (3, *fit.cells.weight.shape)))
        assert p.shape == (3,)
        assert np.all(np.isnan(p)) if row.status == "not_identified" else np.all((p >= 0) & (p <= 1))


def test_an_unknown_method_is_told_the_known_ones(fits: tuple[Estimate, ...]) -> None:
    with pytest.raises(UsageError, match="no method 'bootstrap'"):
        apply("bootstrap", fits[0], OPTIONS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_its_words(name: str, language: str) -> None:
    words = catalogue(language)
    for part in ("name", "short", "assumption"):
        assert words.text(f"method.{name}.{part}")
