"""The public calls: columns, order, what is hidden, what is said, and how fast."""

import subprocess
import sys
import time
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lib.panels import panel_of_means, panel_of_persons, simulated_persons
from lib.size_designs import COLUMNS, design, outcomes

import ipscausal as ips
from ipscausal.errors import UsageError
from ipscausal.inference import covariance_cr1, covariance_cr2, space_time_placebos

INF = np.inf
TIDY = [
    "term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "method", "event_time",
    "cohort", "n_persons", "n_person_years", "n_municipalities", "n_treated", "status", "p_floor", "small_sample",
    "role",
]  # fmt: skip


@pytest.fixture(scope="module")
def one() -> ips.Panel:
    persons = simulated_persons(1, {"m02": 2013}, municipalities=11, years=range(2009, 2018))
    return panel_of_persons(persons, ("age",))


@pytest.fixture(scope="module")
def many() -> ips.Panel:
    mean = np.random.default_rng(0).normal(60, 5, (24, 8))
    return panel_of_means(mean, [2014] * 8 + [INF] * 16, np.full((24, 8), 120.0))


def test_tidy_has_the_agreed_columns_and_the_primary_first(one: ips.Panel) -> None:
    table = ips.did(one).tidy()
    assert table.columns.tolist() == TIDY
    assert table["method"].tolist() == ["sup_t", "ri", "collapse", "collapse_n", "cr1"]
    assert table["term"].unique().tolist() == ["att"]
    first = table.iloc[0]
    assert first["conf_low"] <= first["estimate"] <= first["conf_high"]
    assert (first["n_municipalities"], first["n_treated"], first["df"]) == (11, 1, 9)
    assert first["n_person_years"] == one.persons.sum()


def test_invalid_numbers_are_empty_until_they_are_asked_for(one: ips.Panel) -> None:
    result = ips.did(one)
    hidden = result.tidy().set_index("method").loc["cr1"]
    assert hidden["status"] == "known_invalid"
    assert hidden[["p_value", "conf_low", "conf_high"]].isna().all()
    shown = result.tidy(show_invalid=True).set_index("method").loc["cr1"]
    assert shown[["p_value", "conf_low", "conf_high"]].notna().all()
    alone = ips.infer(result, "cr1").tidy()
    assert alone["p_value"].isna().all()
    assert ips.infer(result, "cr1", show_invalid=True).tidy()["p_value"].iloc[0] == shown["p_value"]
    rows = {row["method"]: row for row in result.rows()}
    assert rows["cr1"]["p_value"] is None
    assert ips.infer(result, "cr3").rows()[0]["status"] == "not_identified"


def test_infer_takes_a_panel_or_a_result_and_names_its_methods(one: ips.Panel) -> None:
    assert ips.infer(one, "sup_t").tidy().equals(ips.did(one).tidy().iloc[[0]])
    events = ips.infer(ips.event_study(one, (-2, 1)), "ri").tidy()
    assert events["method"].unique().tolist() == ["ri"]
    assert len(events) == 3
    with pytest.raises(UsageError, match="the methods are: sup_t, "):
        ips.infer(one, "bootstrap")


def test_the_warning_says_what_cr1_is_worth(one: ips.Panel, many: ips.Panel) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = ips.did(one).summary()
    assert "52%" in text
    assert "CR1" in text
    assert "rank" in text
    assert [n.code for n in ips.did(one).notices] == ["few_treated", "rank_floor", "sampling_unknown"]
    (note, *_) = ips.did(one).notices
    assert note.values["rate"] == pytest.approx(ips.cr1_false_positive_rate(11, 1))
    assert [n.code for n in ips.did(many).notices] == ["sampling_unknown"]
    assert "companion: att: " in ips.did(many).summary()
    assert "[wcr_s, ok]" in ips.did(many).summary()


def test_notices_count_what_was_left_out() -> None:
    mean = np.random.default_rng(0).normal(size=(9, 5))
    panel = panel_of_means(mean, [2012, 2009, *[INF] * 7])
    hole = np.zeros((9, 5), dtype=bool)
    hole[4, 2] = True
    codes = {n.code: dict(n.values) for n in ips.did(panel.without(hole)).notices}
    assert codes["always_treated_left_out"] == {"count": 1}
    assert codes["empty_cells"] == {"count": 1}


def test_several_starting_years_are_warned_of() -> None:
    mean = np.random.default_rng(0).normal(size=(9, 5))
    together = panel_of_means(mean, [2011, 2011, *[INF] * 7])
    apart = panel_of_means(mean, [2011, 2012, *[INF] * 7])
    assert "staggered_twfe" not in {note.code for note in ips.did(together).notices}
    note = next(note for note in ips.did(apart).notices if note.code == "staggered_twfe")
    assert note.level == "warning"
    assert "early ones" in ips.did(apart).summary()


def test_event_rows_hold_the_reference_in_its_place(one: ips.Panel) -> None:
    result = ips.event_study(one, window=(-3, 3))
    rows = result.event_rows()
    assert [row["event_time"] for row in rows] == [-3, -2, -1, 0, 1, 2, 3]
    assert [row["label"] for row in rows] == ["≤ -3", "-2", "-1", "0", "1", "2", "≥ 3"]
    reference = rows[2]
    assert (reference["is_reference"], reference["estimate"], reference["conf_low"]) == (True, 0.0, None)
    treated = one.persons[2]
    assert [row["n_treated_persons"] for row in rows] == [
        round((treated[0] + treated[1]) / 2), *treated[2:7].astype(int), round((treated[7] + treated[8]) / 2),
    ]  # fmt: skip
    assert {row["method"] for row in rows if not row["is_reference"]} == {"sup_t"}
    assert all(set(row) == set(reference) for row in rows)
    assert ips.event_study(one, window=(-3, 3)).pre_trend[0].method == "joint_rank"
    assert [row["term"] for row in result.rows()][-2:] == ["pre_trend", "pre_trend"]


def test_support_of_a_joint_test_is_that_of_its_thinnest_coefficient(one: ips.Panel) -> None:
    rows = ips.event_study(one, window=(-3, 3)).rows()
    before = [row["support_treated"] for row in rows if row["term"] in ("event_-3", "event_-2")]
    (test,) = [row for row in rows if row["method"] == "joint_rank"]
    assert test["support_treated"] == min(before)


def test_covariance_follows_the_number_treated(one: ips.Panel, many: ips.Panel) -> None:
    few, enough = ips.event_study(one), ips.event_study(many)
    assert (few.joint[0], enough.joint[0]) == ("collapse", "cr2")
    assert enough.vcov.to_numpy() == pytest.approx(covariance_cr2(enough.estimate))
    assert few.vcov.index.tolist() == [term.name for term in few.estimate.terms]
    # the honest variance is far above what CR1 says with one treated
    assert (np.diag(few.vcov) > 2 * np.diag(covariance_cr1(few.estimate))).all()
    assert np.linalg.eigvalsh(few.vcov).min() > -1e-9


def test_glance_is_one_row(many: ips.Panel) -> None:
    row = ips.event_study(many).glance()
    assert len(row) == 1
    assert row.loc[0, "primary_method"] == "wcr_s"
    assert row.loc[0, "pre_trend_method"] == "wald"
    assert (row.loc[0, "n_treated"], row.loc[0, "n_clusters"]) == (8, 24)


def test_an_event_study_is_drawn_over_time_and_one_effect_as_a_forest(one: ips.Panel) -> None:
    over_time, forest = ips.event_study(one).plot(), ips.did(one).plot()
    assert len(over_time.axes) > len(forest.axes) == 1
    assert [label.get_text() for label in forest.axes[0].get_yticklabels()] == ["all treated"]
    with pytest.raises(UsageError, match="no event times"):
        ips.did(one).event_rows()


def test_an_unknown_coefficient_is_named(one: ips.Panel) -> None:
    with pytest.raises(UsageError, match="the coefficients are: att"):
        ips.did(one).primary("event_0")


def test_from_frame_to_result_with_the_documented_call() -> None:
    frame = pd.DataFrame(
        {
            "county": list("aabbccdd"),
            "year": [1, 2] * 4,
            "lemp": [1.0, 4, 2, 3, 1, 1, 0, 2],
            "first": [2, 2, 0, 0, 0, 0, 0, 0],
        }
    )
    panel = ips.Panel.from_frame(frame, municipality="county", year="year", outcome="lemp", adoption="first")
    # 3 less the mean of 1, 0 and 2
    assert ips.did(panel).tidy()["estimate"].iloc[0] == pytest.approx(2.0)


def test_names_load_on_first_use() -> None:
    code = "import ipscausal, sys; print([m for m in ('numpy', 'pandas', 'scipy', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert set(ips.__all__) <= set(dir(ips))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = ips.nothing  # type: ignore[attr-defined]


def test_a_national_event_study_takes_no_time() -> None:
    rng = np.random.default_rng(0)
    adoption = [float(2008 + g % 8) if g % 3 == 0 else INF for g in range(350)]
    panel = panel_of_means(rng.normal(60, 5, (350, 15)), adoption, rng.integers(50, 900, (350, 15)).astype(float), 2005)
    start = time.process_time()
    result = ips.event_study(panel)
    assert set(result.tidy()["role"]) == {"primary", "companion", "other", "conventional"}
    assert time.process_time() - start < 5  # about 0.03 s; generous for a shared machine


def test_the_band_holds_every_interval_and_only_beside_the_panel_model(one: ips.Panel) -> None:
    drawn = design(COLUMNS[3], np.random.default_rng(1))
    panel = replace(drawn.panel, y=outcomes(drawn, 1, np.random.default_rng(2))[0] * drawn.sizes)
    rows = [row for row in ips.event_study(panel).event_rows() if not row["is_reference"]]
    assert {row["method"] for row in rows} == {"panel"}
    for row in rows:
        assert row["band_low"] < row["conf_low"] < row["estimate"] < row["conf_high"] < row["band_high"]
    wider = {(row["band_high"] - row["band_low"]) / row["std_error"] for row in rows}
    assert max(wider) == pytest.approx(min(wider))  # one critical value for all
    assert {row["band_low"] for row in ips.event_study(one).event_rows()} == {None}


def test_what_stands_in_for_unknown_sampling_noise_is_said(one: ips.Panel) -> None:
    drawn = design(COLUMNS[3], np.random.default_rng(1)).panel
    codes = {note.code: dict(note.values) for note in ips.did(drawn).notices}
    assert "years_independent" in codes
    assert not {"sampling_unknown", "pooled_variances"} & set(codes)
    size = drawn.persons.copy()
    size[4, 2] = 19.0
    small = {note.code: dict(note.values) for note in ips.did(replace(drawn, weight=size, persons=size)).notices}
    assert small["pooled_variances"] == {"count": 1, "limit": 20}
    assert "sampling_unknown" in {note.code for note in ips.did(one).notices}


def test_the_space_time_picture_holds_every_contrast_and_marks_the_actual_one(many: ips.Panel) -> None:
    drawn = design(COLUMNS[3], np.random.default_rng(1))
    panel = replace(drawn.panel, y=outcomes(drawn, 1, np.random.default_rng(2))[0] * drawn.sizes)
    result = ips.infer(panel, "space_time")
    (axes,) = result.plot().axes
    stems = [
        line.get_ydata()[1] for line in axes.lines if len(set(line.get_xdata())) == 1 and len(line.get_xdata()) == 2
    ]
    assert len(stems) == panel.weight.size
    raw = space_time_placebos(result.estimate).raw
    assert sorted(stems) == pytest.approx(sorted(raw.ravel()))
    assert any(f"of {panel.weight.size}" in text.get_text() for text in axes.texts)
    with pytest.raises(UsageError, match="no contrasts at other places"):
        ips.infer(many, "space_time").plot()


def test_municipalities_and_what_treatment_acts_on_are_counted_apart(many: ips.Panel) -> None:
    pairs = replace(many, cluster=tuple(_unit(many, g) for g in range(len(many.municipality))))
    result = ips.did(pairs)
    row = result.glance().iloc[0]
    assert (row["n_municipalities"], row["n_treated"]) == (24, 8)
    assert (row["n_clusters"], row["n_treated_clusters"]) == (12, 4)
    told = result.tidy().iloc[0]
    assert (told["n_municipalities"], told["n_treated"]) == (24, 8)
    assert "24 municipalities, 8 treated, 12 clusters, 4 treated" in result.summary()
    assert {
        (r["n_municipalities"], r["n_treated"], r["n_clusters"], r["n_treated_clusters"]) for r in result.rows()
    } == {(24, 8, 12, 4)}


def _unit(panel: ips.Panel, g: int) -> str:
    """Municipalities of one arm and date two by two."""
    alike = np.isfinite(panel.adoption) == np.isfinite(panel.adoption[g])
    return f"{np.isfinite(panel.adoption[g])} {int(alike[:g].sum()) // 2}"


def test_a_panel_and_a_result_say_in_one_line_what_they_are(one: ips.Panel) -> None:
    told = "11 municipalities, 1 treated, 2009 to 2017)"
    assert repr(one) == f"Panel({one.outcome}, {told}"
    assert repr(ips.did(one)) == f"Result(twfe, 1 coefficients, {one!r})"
