"""Subgroups and municipalities through the public calls: tables, sentences in both languages, figures, and a study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from lib import delivery
from lib.known_noise import known_noise_panel

import ipscausal as ips
from ipscausal import figures
from ipscausal.api.heterogeneity import summary_of_municipalities, summary_of_subgroups
from ipscausal.errors import UsageError
from ipscausal.language import LANGUAGES, catalogue
from ipscausal.panel import Panel

RNG = np.random.default_rng(2)
MANY = [2012.0] * 3 + [2013.0] * 3 + [np.inf] * 12
SIZE = np.full((18, 6), 150.0)


def panel(shift: float | np.ndarray = 0.0, dates: list[float] = MANY) -> Panel:
    exposed = (2010 + np.arange(6))[None, :] >= np.array(dates)[:, None]
    means = RNG.normal(0, 2, (18, 6)) + shift * exposed
    return known_noise_panel(means, dates, SIZE, np.full((18, 6), 900.0))


SEX = ips.Subgroups("sex", ("man", "woman"), (panel(1.0), panel(8.0)))
AGE = ips.Subgroups("age band", ("18-24", "25-29", "unknown"), (panel(), panel(), panel()))


def test_tables_have_a_row_a_level_and_a_row_a_dimension() -> None:
    found = ips.heterogeneity([SEX, AGE])
    levels, tests = found.tidy(), found.tests()
    assert levels[["dimension", "subgroup"]].to_numpy().tolist() == [
        ["sex", "man"], ["sex", "woman"], ["age band", "18-24"], ["age band", "25-29"],
    ]  # fmt: skip
    assert set(levels["standing"]) == {"exploratory"}
    assert (levels["conf_low"] < levels["estimate"]).all()
    assert levels["n_treated"].tolist() == [6] * 4
    assert tests["dimension"].tolist() == ["sex", "age band"]
    assert tests["largest"][0] == "woman"
    assert (tests["p_holm"] >= tests["p_value"]).all()
    assert (tests["p_romano_wolf"] >= tests["p_value"]).all()


def test_one_dimension_needs_no_list_and_an_unknown_estimator_is_refused() -> None:
    assert len(ips.heterogeneity(SEX, "imputation", method="analytic").tidy()) == 2
    with pytest.raises(UsageError, match="no estimator 'ols'"):
        ips.heterogeneity(SEX, "ols")


def test_exploratory_is_printed_unless_a_locked_plan_declares_the_dimension() -> None:
    chosen = delivery.study(heterogeneity={"by": ["sex"]})
    locked = {"id": "s", "title": {"en": "S"}, "plan": {"status": "locked"}}
    study = chosen.model_validate(chosen.model_dump(mode="json") | {"study": locked})
    declared, mixed = ips.heterogeneity(SEX, study=study), ips.heterogeneity([SEX, AGE], study=study)
    assert "Sex (declared in the locked plan)" in declared.summary()
    assert "Exploratory" not in declared.summary()
    assert "Age (exploratory)" in mixed.summary()
    assert "Exploratory: not declared in a locked plan." in mixed.summary()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_can_be_written(language: str) -> None:
    words = catalogue(language)
    few = [np.inf] * 18
    few[0] = 2012.0
    lonely = ips.Subgroups(
        "sex", ("man", "woman"), (panel(dates=few), panel(dates=few).without(np.ones((18, 6), bool)))
    )
    rare = ips.Subgroups("prior work", ("did not work", "worked"), (panel(dates=few), panel(dates=few)))
    text = summary_of_subgroups(words, ips.heterogeneity([SEX, AGE]))
    assert len(text.splitlines()) == 8
    assert words.raw("subgroup.woman") in text
    short = summary_of_subgroups(words, ips.heterogeneity([lonely, rare]))
    assert words.raw("heterogeneity.reason_one_level") in short
    assert words.raw("heterogeneity.basis_levels") in short
    local = summary_of_municipalities(words, ips.municipality_effects(panel(5.0)))
    assert len(local.splitlines()) == 8


def test_municipalities_by_the_size_of_their_effect() -> None:
    found = ips.municipality_effects(panel(5.0), "imputation")
    table, glance = found.tidy(), found.glance()
    assert table["municipality"].tolist() == [f"m{i:03d}" for i in range(6)]
    assert table["first_treated_year"].tolist() == [2012] * 3 + [2013] * 3
    inside = table[["estimate"]].to_numpy().ravel()
    kept = (table["shrunken"] - glance["mean"][0]) / (inside - glance["mean"][0])
    assert ((kept >= -0.5) & (kept <= 1)).all()
    assert glance["n_municipalities"][0] == 6
    assert glance["estimator"][0] == "imputation"
    with pytest.raises(UsageError, match="a str is no panel"):
        ips.municipality_effects("panel")


def test_figures_name_every_row() -> None:
    found = ips.heterogeneity([SEX, AGE])
    (axes,) = found.plot().axes
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        "Sex: men", "Sex: women", "Age: 18–24", "Age: 25–29",
    ]  # fmt: skip
    # so far apart that none is drawn to the same mean as another, whatever the noise
    local = ips.municipality_effects(panel(20.0 * np.arange(18)[:, None]))
    (axes,) = local.plot().axes
    shown = [text.get_text() for text in axes.get_yticklabels()]
    assert shown == [row["municipality"] for row in sorted(local.rows(), key=lambda row: row["shrunken"])]


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_describe_the_figures(language: str) -> None:
    words, rows = catalogue(language), ips.heterogeneity([SEX, AGE]).rows()
    labels = figures.subgroups_labels(words, "workdays", 0.95, rows)
    assert words.raw("subgroup.man") in labels.alt
    assert words.raw("figure.subgroups_exploratory") in labels.notes
    declared = figures.subgroups_labels(words, "workdays", 0.95, [row | {"standing": "declared"} for row in rows])
    assert words.raw("figure.subgroups_declared") in declared.notes
    local = ips.municipality_effects(panel(5.0)).rows()
    caterpillar = figures.caterpillar_labels(words, "employed", 0.95, local, 0.05)
    assert caterpillar.scale == 100
    assert "6" in caterpillar.alt


def test_many_municipalities_are_drawn_without_names() -> None:
    row = {"municipality": "0301", "estimate": 1.0, "shrunken": 1.0, "conf_low": 0.0, "conf_high": 2.0}
    rows = [row | {"shrunken": float(i)} for i in range(60)]
    figure = figures.caterpillar(rows, figures.caterpillar_labels(catalogue("en"), "workdays", 0.95, rows, 1.0))
    assert figure.axes[0].get_yticklabels() == []


def test_a_study_gives_the_panels_of_its_dimensions(tmp_path: Path) -> None:
    study = delivery.study(population={"ages": "any"}, heterogeneity={"by": ["sex", "age band"], "age_bands": [18, 22]})
    found = ips.build_subgroups(study, delivery.write(tmp_path), "employed")
    assert [(one.dimension, one.levels, one.outcome) for one in found] == [
        ("sex", ("man", "woman"), "employed"), ("age band", ("18-21", "22+"), "employed"),
    ]  # fmt: skip
    whole = ips.build_panel(study, tmp_path, "employed")
    for one in found:
        assert (sum(part.persons for part in one.panels) == whole.persons).all()
