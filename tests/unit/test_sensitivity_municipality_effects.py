"""Effects of single municipalities: by hand, with the noise they share, and blind to what others do after adoption."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lib.known_noise import drawn_means, known_noise_panel
from lib.panels import panel_of_means

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import aggregate, att_gt, did, event_study, imputation, synthetic_did
from ipscausal.panel import Panel
from ipscausal.sensitivity import municipality_effects, shrink

RNG = np.random.default_rng(4)
DATES = [2012.0, 2012.0, 2013.0, 2014.0] + [np.inf] * 8
MEANS = RNG.normal(0, 2, (12, 6)) + RNG.normal(0, 5, (12, 1))
SIZE, WITHIN = RNG.integers(100, 400, (12, 6)).astype(float), 900.0


def known(means: np.ndarray = MEANS, dates: list[float] = DATES) -> Panel:
    return known_noise_panel(means, dates, SIZE, np.full(means.shape, WITHIN))


def test_two_years_by_hand() -> None:
    means = np.array([[0.0, 5.0], [1.0, 3.0], [4.0, 4.0], [0.0, 1.0], [2.0, 1.0], [0.0, 3.0], [7.0, 8.0], [1.0, 2.0]])
    found = municipality_effects(panel_of_means(means, [2011.0] * 3 + [np.inf] * 5))
    changes = means[:, 1] - means[:, 0]
    assert found.cluster == ("m000", "m001", "m002")
    assert found.estimate == pytest.approx(changes[:3] - changes[3:].mean(), rel=1e-10)
    # nothing is known of the persons: each change is taken to vary as those of the five never treated do
    variance = changes[3:].var(ddof=1)
    assert found.covariance == pytest.approx(variance * (np.eye(3) + 1 / 5), rel=1e-9)
    assert (found.noise_from, found.adoption.tolist()) == ("never treated", [2011.0] * 3)
    again = shrink(found.estimate, found.covariance)
    assert found.shrunken.value == pytest.approx(again.value)


def test_sampling_noise_is_in_the_covariance_with_the_weights_of_each_effect() -> None:
    flat = known(np.repeat(RNG.normal(0, 5, (12, 1)), 6, axis=1))
    found = municipality_effects(flat)
    assert found.noise_from == "persons and untreated cells"
    one = did(replace(flat.select(np.array([True] + [False] * 3 + [True] * 8))))
    noise = (one.cell_weights[0] ** 2 * WITHIN / one.panel.persons).sum()
    # the shocks are small where means do not move, never negative
    assert noise < found.covariance[0, 0] < 3 * noise
    assert np.linalg.eigvalsh(found.covariance).min() > 0
    assert (found.covariance[~np.eye(4, dtype=bool)] > 0).all()


def test_what_others_do_after_adoption_changes_no_effect_and_no_noise() -> None:
    plain = municipality_effects(known())
    moved = MEANS.copy()
    moved[1, 2:] += 40
    other = municipality_effects(known(moved))
    assert other.estimate[[0, 2, 3]] == pytest.approx(plain.estimate[[0, 2, 3]], rel=1e-12)
    assert other.estimate[1] == pytest.approx(plain.estimate[1] + 40, rel=1e-9)
    assert other.covariance == pytest.approx(plain.covariance, rel=1e-9)


def test_municipalities_not_treated_yet_are_compared_with() -> None:
    everybody = [2012.0, 2012.0, 2012.0, 2013.0] + [2015.0] * 8
    found = municipality_effects(known(dates=everybody), lambda panel: aggregate(imputation(panel), "simple"))
    assert found.cluster[:4] == ("m000", "m001", "m002", "m003")
    assert "m004" in found.left_out
    assert np.isfinite(found.covariance).all()


def test_any_linear_estimator_of_one_effect_serves() -> None:
    two_way, group_time = (
        municipality_effects(known()),
        municipality_effects(known(), lambda panel: aggregate(att_gt(panel), "simple")),
    )
    assert (two_way.estimator, group_time.estimator) == ("twfe", "att_gt")
    assert group_time.estimate != pytest.approx(two_way.estimate, rel=1e-3)
    with pytest.raises(UsageError, match="one per municipality is needed"):
        municipality_effects(known(), event_study)
    with pytest.raises(UsageError, match="chooses its weights by outcomes"):
        municipality_effects(known(), lambda panel: aggregate(synthetic_did(panel), "simple"))


def test_order_and_constants_do_not_matter() -> None:
    order = RNG.permutation(12)
    plain = municipality_effects(known())
    moved = known(MEANS + RNG.normal(0, 9, (12, 1)) + RNG.normal(0, 9, (1, 6)))
    shifted = municipality_effects(moved)
    assert shifted.estimate == pytest.approx(plain.estimate, rel=1e-7)
    assert shifted.covariance == pytest.approx(plain.covariance, rel=1e-5)
    turned = known_noise_panel(
        MEANS[order], [DATES[i] for i in order], SIZE[order], np.full(MEANS.shape, WITHIN)
    )  # fmt: skip
    # codes are given by place, so the order of the panel is that of the permutation
    at = [list(order).index(i) for i in range(4)]
    other = dict(zip(municipality_effects(turned).cluster, municipality_effects(turned).estimate, strict=True))
    assert [other[f"m{i:03d}"] for i in at] == pytest.approx(plain.estimate, rel=1e-9)


def test_anticipating_years_of_others_are_no_comparison() -> None:
    moved = MEANS.copy()
    moved[3, 3] += 30  # the year before m003 adopts
    with_it, without = municipality_effects(known(moved)), municipality_effects(known(moved), anticipation=1)
    plain = municipality_effects(known(), anticipation=1)
    assert without.estimate[:3] == pytest.approx(plain.estimate[:3], rel=1e-9)
    assert with_it.estimate[2] != pytest.approx(municipality_effects(known()).estimate[2], rel=1e-3)


def test_too_few_municipalities_or_nothing_known_of_noise() -> None:
    with pytest.raises(IdentificationError, match="2 treated municipalities have an effect"):
        municipality_effects(known(dates=[2012.0, 2013.0] + [np.inf] * 10))
    with pytest.raises(IdentificationError, match="nothing is known of sampling noise"):
        municipality_effects(panel_of_means(MEANS[:7], DATES[:7]))


def test_errors_are_those_of_the_effects() -> None:
    """25 studies of 6 treated with effects that differ: deviations over their errors have variance one, within 0.3."""
    rng, scores = np.random.default_rng(9), []
    size = np.full((20, 7), 250.0)
    dates = [2012.0, 2012.0, 2013.0, 2013.0, 2014.0, 2014.0] + [np.inf] * 14
    years = 2010 + np.arange(7)
    for _ in range(25):
        effects = rng.normal(4, 4, 6)
        shift = np.zeros((20, 7))
        shift[:6] = effects[:, None] * (years >= np.array(dates[:6])[:, None])
        means = drawn_means(rng, 1, WITHIN / size, 1.5, 0.4, shift)[0]
        found = municipality_effects(known_noise_panel(means, dates, size, np.full((20, 7), WITHIN)))
        scores.append((found.estimate - effects) / found.std_error)
    assert np.mean(np.square(scores)) == pytest.approx(1, abs=0.3)
