"""The wild cluster bootstrap: refitting by brute force, collapse to contrasts, standing, intervals, calibration."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means, panel_of_persons, simulated_persons

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference.cluster.jackknife import cr3
from ipscausal.inference.options import Options
from ipscausal.inference.wild.bootstrap import VARIANTS, prepare, t_and_draws, wild
from ipscausal.inference.wild.interval import interval
from ipscausal.inference.wild.scores import count_extreme, count_many, t_draws, wild_design, wild_scores
from ipscausal.inference.wild.signs import every_sign
from ipscausal.panel import Panel

EVERY = Options(signs="rademacher")


def unbalanced(treated: int = 3, municipalities: int = 8, years: int = 5, seed: int = 3) -> Estimate:
    rng = np.random.default_rng(seed)
    adoption = [2012.0 + (g % 2) if g < treated else np.inf for g in range(municipalities)]
    mean = rng.normal(0, 3, (municipalities, years)) + rng.normal(0, 5, (municipalities, 1))
    return estimate.did(panel_of_means(mean, adoption, rng.integers(5, 90, (municipalities, years))))


def p_of(name: str, fit: Estimate, options: Options = EVERY) -> float:
    (row,) = wild(name, fit, options)
    assert row.p_value is not None
    return row.p_value


class Refit:
    """Weighted least squares with dummies, refitted for every draw; nothing of the fast formulas."""

    def __init__(self, frame: pd.DataFrame, weight: np.ndarray) -> None:
        dummies = [pd.get_dummies(frame[c], drop_first=True).to_numpy(float) for c in ("g", "year")]
        self.x = np.column_stack([frame["d"], frame["x"], np.ones(len(frame)), *dummies])
        self.root, self.of = np.sqrt(weight), frame["g"].to_numpy()

    def fit(self, y: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
        x, root = self.x[:, columns][rows], self.root[rows]
        out = np.zeros(self.x.shape[1])
        out[columns] = np.linalg.lstsq(x * root[:, None], y[rows] * root, rcond=None)[0]
        return out

    def t(self, y: np.ndarray, null: float, denominator: str) -> float:
        everything, everyone = np.arange(self.x.shape[1]), np.ones(len(y), bool)
        coef = self.fit(y, everything, everyone)
        if denominator == "cv3":
            without = [self.fit(y, everything, self.of != g)[0] for g in np.unique(self.of)]
            return float((coef[0] - null) / np.sqrt(np.sum((np.array(without) - coef[0]) ** 2)))
        bread = np.linalg.inv((self.x * self.root[:, None] ** 2).T @ self.x)
        score = self.x * (self.root**2 * (y - self.x @ coef))[:, None]
        parts = [(bread @ score[self.of == g].sum(axis=0))[0] for g in np.unique(self.of)]
        return float((coef[0] - null) / np.sqrt(np.sum(np.array(parts) ** 2)))

    def draw(self, y: np.ndarray, name: str, null: float, v: np.ndarray) -> float:
        variant, everyone = VARIANTS[name], np.ones(len(y), bool)
        columns = np.arange(0 if variant.null == "free" else 1, self.x.shape[1])
        shifted = y - null * self.x[:, 0] if variant.null == "imposed" else y
        coef = self.fit(shifted, columns, everyone)
        residual = shifted - self.x @ coef
        if variant.residuals == "left_out":
            for g in np.unique(self.of):
                own = self.of == g
                without = self.fit(shifted, columns, ~own)
                gap = shifted[own] - self.x[own] @ without
                # the municipality's own effect, which the others do not know, from its own mean
                residual[own] = gap - np.average(gap, weights=self.root[own] ** 2)
        fitted, target = (y - shifted) + self.x @ coef, null if variant.null == "imposed" else coef[0]
        return self.t(fitted + residual * v[self.of], float(target), variant.denominator)


@pytest.mark.parametrize("null", [0.0, 1.7])
@pytest.mark.parametrize("name", VARIANTS)
def test_equals_refitting_every_draw(name: str, null: float) -> None:
    rng = np.random.default_rng(11)
    frame = pd.DataFrame([(g, 2010 + t) for g in range(6) for t in range(4)], columns=["g", "year"])
    frame = frame.drop(index=[5, 22]).reset_index(drop=True)
    first = np.array([2012, 2012, 2013, np.inf, np.inf, np.inf])[frame["g"]]
    frame["d"] = (frame["year"] >= first).astype(float)
    frame["x"], weight = rng.normal(0, 1, len(frame)), rng.integers(1, 9, len(frame)).astype(float)
    frame["y"] = rng.normal(0, 2, len(frame)) + frame["x"] + 2 * frame["d"]
    frame["first"], frame["w"], frame["code"] = first, weight, frame["g"].map("m{}".format)
    fit = estimate.did(
        Panel.from_frame(
            frame, municipality="code", year="year", outcome="y", adoption="first", weights="w", covariates=["x"]
        )
    )
    refit, y = Refit(frame, weight), frame["y"].to_numpy()
    design = wild_design(fit.equations.gram, 0, VARIANTS[name])
    assert design is not None
    scores = wild_scores(design, fit.equations.moment)
    # neither signs nor Webb's points: the formulas hold for any weights
    v = np.concatenate([every_sign(6).vectors[:, :6], rng.normal(0, 1, (6, 4))], axis=1)
    delta, numerator, denominator = t_draws(design, scores, v, null)
    assert delta / scores.norm == pytest.approx(refit.t(y, null, VARIANTS[name].denominator), rel=1e-8)
    expected = [refit.draw(y, name, null, column) for column in v.T]
    assert numerator / denominator == pytest.approx(expected, rel=1e-7, abs=1e-9)


def test_two_periods_by_hand() -> None:
    """Contrasts (4, 1 | 2, 0, -1): the count of |t*| over 16 sign vectors, written out for contrasts."""
    contrast = np.array([4.0, 1, 2, 0, -1])
    fit = estimate.did(panel_of_means(np.column_stack([np.zeros(5), contrast]), [2011, 2011, np.inf, np.inf, np.inf]))

    def t(w: np.ndarray) -> tuple[float, float]:
        a, b = w[:2] - w[:2].mean(), w[2:] - w[2:].mean()
        return w[:2].mean() - w[2:].mean(), np.sqrt((a**2).sum() / 4 + (b**2).sum() / 9)

    restricted = contrast - contrast.mean()
    beta, error = t(contrast)
    count = 0
    for signs in product([1, -1], repeat=4):
        b, e = t(restricted * np.array([1, *signs]))
        count += abs(b) * error >= abs(beta) * e * (1 - 1e-9)
    (row,) = wild("wcr_c", fit, EVERY)
    assert (beta, error) == pytest.approx((5 / 2 - 1 / 3, np.sqrt(9 / 8 + 14 / 27)))
    assert row.statistic == pytest.approx(beta / error)
    assert row.p_value == count / 16
    assert 1 < count < 16


def test_equal_sizes_and_one_date_make_left_out_residuals_multiples() -> None:
    rng = np.random.default_rng(2)
    fit = estimate.did(panel_of_means(rng.normal(0, 1, (9, 6)), [2013.0] * 4 + [np.inf] * 5))
    signs = every_sign(9)
    for plain, left_out in (("wcr_c", "wcr_s"), ("wcr_v", "wcr_b")):
        one, other = t_and_draws(plain, fit, 0, signs), t_and_draws(left_out, fit, 0, signs)
        assert one is not None
        assert other is not None
        assert one[0] == other[0]
        assert one[1] == pytest.approx(other[1], rel=1e-9)


def test_one_treated() -> None:
    """Of true nulls WCR rejects next to none and WCU about half; the jackknife variants do not exist."""
    rng = np.random.default_rng(5)
    outcomes = rng.normal(0, 1, (400, 11, 8))
    fit = estimate.did(panel_of_means(outcomes[0], [2014.0] + [np.inf] * 10))
    rows = {name: wild(name, fit)[0] for name in VARIANTS}
    assert {rows[name].status for name in ("wcr_c", "wcr_s")} == {"conservative"}
    assert {rows[name].status for name in ("wcu_c", "wcu_s")} == {"known_invalid"}
    assert (prepare("wcr_c", fit, 0)(outcomes) < 0.05).mean() < 0.02
    assert (prepare("wcu_c", fit, 0)(outcomes) < 0.05).mean() > 0.4
    assert cr3(fit)[0].status == "not_identified"
    for name in ("wcr_v", "wcr_b", "wcu_v", "wcu_b"):
        assert rows[name].status == "not_identified"
        assert rows[name].p_value is None
        assert np.isnan(prepare(name, fit, 0)(outcomes)).all()


@pytest.mark.parametrize(
    ("treated", "restricted", "free"),
    [(2, "conservative", "known_invalid"), (4, "ok", "known_invalid"), (5, "ok", "ok")],
)
def test_standing_by_number_of_treated(treated: int, restricted: str, free: str) -> None:
    fit = unbalanced(treated, 11)
    for name in VARIANTS:
        (row,) = wild(name, fit)
        assert row.status == (restricted if name.startswith("wcr") else free)
        assert (row.p_floor, row.draws, row.seed, row.p_monte_carlo) == (2.0**-10, 1024, None, None)


@pytest.mark.parametrize("name", VARIANTS)
def test_interval_is_where_p_exceeds_alpha(name: str) -> None:
    fit, signs = unbalanced(4, 9), every_sign(9)
    design = wild_design(fit.equations.gram, 0, VARIANTS[name])
    assert design is not None
    scores = wild_scores(design, fit.equations.moment)

    def p(null: float) -> float:
        return float(signs.p_value(count_extreme(design, scores, signs.vectors, null)))

    low, high = interval(design, scores, signs, 0.9)
    width = high - low
    assert low < fit.coef[0] < high
    for end, inwards in ((low, 1), (high, -1)):
        assert p(end + 1e-7 * inwards * width) > 0.1
        assert all(p(end - step * inwards * width) <= 0.1 for step in (1e-7, 0.01, 0.1, 1, 10, 1000))
    wide_low, wide_high = interval(design, scores, signs, 0.95)
    assert wide_low <= low
    assert wide_high >= high


def test_too_few_vectors_leave_the_interval_without_limits() -> None:
    """Five clusters: 16 vectors, p of at least 1/16, nothing is rejected at 5 %."""
    fit = unbalanced(3, 5)
    (row,) = wild("wcr_c", fit, EVERY)
    assert (row.status, row.p_floor) == ("cannot_reject", 1 / 16)
    assert (row.conf_low, row.conf_high) == (None, None)
    assert row.assumptions.endswith("The interval has no limit below and above.")
    (lower,) = wild("wcr_c", fit, replace(EVERY, level=0.75))
    assert lower.status == "ok"
    assert lower.conf_low is not None


def test_an_exact_fit_has_no_residuals_to_draw() -> None:
    mean = np.arange(8.0)[:, None] + np.zeros(4)
    mean[:3, 2:] += 2
    fit = estimate.did(panel_of_means(mean, [2012.0] * 3 + [np.inf] * 5))
    for name in VARIANTS:
        (row,) = wild(name, fit)
        assert (row.status, row.p_value) == ("not_identified", None)
        assert t_and_draws(name, fit, 0, every_sign(8)) is None


def test_sampled_weights() -> None:
    fit = unbalanced(5, 11)
    (exact,) = wild("wcr_s", fit)
    (webb,) = wild("wcr_s", fit, Options(signs="webb", draws=4999, seed=7))
    assert webb.small_sample.endswith("4999 Webb six-point vectors")
    assert (webb.draws, webb.seed, webb.p_floor) == (4999, 7, 1 / 5000)
    assert webb.p_monte_carlo is not None
    assert exact.p_value is not None
    assert webb.p_monte_carlo[0] < webb.p_value < webb.p_monte_carlo[1]
    assert webb.p_value == pytest.approx(exact.p_value, abs=0.05)
    assert wild("wcr_s", fit, Options(signs="webb", draws=4999, seed=7)) == (webb,)


@settings(deadline=None, max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    factor=st.floats(0.01, 100),
    name=st.sampled_from(list(VARIANTS)),
    order=st.permutations(range(8)),
)
def test_invariances(seed: int, factor: float, name: str, order: list[int]) -> None:
    """Municipality and year constants, scale, sign and labels change neither p nor the interval's position."""
    rng = np.random.default_rng(seed)
    mean, size = rng.normal(0, 3, (8, 5)), rng.integers(5, 90, (8, 5))
    adoption = np.array([2012, 2013, 2012] + [np.inf] * 5)
    moved = -factor * mean + rng.normal(0, 20, (8, 1)) + rng.normal(0, 20, 5)
    shuffled = np.array(order)
    (row,) = wild(name, estimate.did(panel_of_means(mean, list(adoption), size)), EVERY)
    (same,) = wild(name, estimate.did(panel_of_means(moved[shuffled], list(adoption[shuffled]), size[shuffled])), EVERY)
    assert same.p_value == row.p_value
    for one, other in ((same.conf_low, row.conf_high), (same.conf_high, row.conf_low)):
        assert (one is None) == (other is None)
        if one is not None:
            assert one == pytest.approx(-factor * other, rel=1e-7, abs=1e-7 * factor)


@pytest.mark.parametrize("name", VARIANTS)
def test_trial_gives_the_p_of_the_row(name: str) -> None:
    fit = unbalanced()
    others = np.random.default_rng(1).normal(0, 2, (3, *fit.adjusted_mean.shape))
    p = prepare(name, fit, 0, EVERY)(np.concatenate([fit.adjusted_mean[None], others]))
    assert p.shape == (4,)
    assert p[0] == pytest.approx(p_of(name, fit), rel=1e-10)
    for value, mean in zip(p[1:], others, strict=True):
        adoption = [float(a) for a in fit.panel.adoption]
        again = estimate.did(panel_of_means(mean, adoption, fit.panel.persons))
        assert value == pytest.approx(p_of(name, again), rel=1e-10)


def test_trial_of_an_event_study_with_clusters_of_municipalities_and_holes() -> None:
    rng = np.random.default_rng(8)
    mean, size = rng.normal(0, 1, (12, 6)), rng.integers(5, 40, (12, 6))
    panel = panel_of_means(mean, [2013.0] * 5 + [np.inf] * 7, size)
    panel = replace(panel, cluster=tuple(f"r{g // 2 if g < 4 else g}" for g in range(12)))
    hole = np.zeros((12, 6), bool)
    hole[9, 2] = True
    fit = estimate.event_study(panel.without(hole), (-3, 2))
    assert fit.n_clusters == 10
    outcomes = np.nan_to_num(fit.adjusted_mean)[None]
    for name in ("wcr_c", "wcr_b"):
        rows = wild(name, fit)
        for j in (0, 3):
            assert prepare(name, fit, j)(outcomes)[0] == pytest.approx(rows[j].p_value, rel=1e-10)


def test_trial_reads_no_outcome() -> None:
    panel = panel_of_persons(simulated_persons(4, {"m01": 2013, "m02": 2013, "m05": 2014}), ("age",))
    fit = estimate.did(panel)
    other = estimate.did(replace(panel, y=panel.y * 2 + 1, yy=panel.yy * 5 + 3, xy=panel.xy + 2))
    outcomes = np.random.default_rng(1).normal(0, 1, (5, *panel.y.shape))
    assert prepare("wcr_s", fit, 0)(outcomes).tolist() == prepare("wcr_s", other, 0)(outcomes).tolist()


def test_pieces_of_bounded_memory_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = unbalanced(3, 6)
    design = wild_design(fit.equations.gram, 0, VARIANTS["wcr_c"])
    assert design is not None
    moment = fit.equations.moment + np.random.default_rng(1).normal(0, 50, (7, *fit.equations.moment.shape))
    whole = count_many(design, moment, every_sign(6).vectors)
    monkeypatch.setattr("ipscausal.inference.wild.scores.CHUNK_NUMBERS", 2 * every_sign(6).vectors.size)
    assert count_many(design, moment, every_sign(6).vectors).tolist() == whole.tolist()
    assert len(set(whole.tolist())) > 1
