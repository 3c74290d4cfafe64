"""The report: what page one says, how it reads with withheld numbers, and that it needs nothing else."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from lib.example_results import changed, example
from lib.page import Element, read_page
from lib.rendered import LANGUAGES, drawn, rendered

from ipscausal.disclosure import release
from ipscausal.errors import UsageError
from ipscausal.report import render

NBSP = "\u00a0"


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return drawn(example(), tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def page(html: dict[str, str]) -> dict[str, Element]:
    return {language: read_page(text) for language, text in html.items()}


def headline(page: Element) -> str:
    return next(element.text for element in page.all("section") if element.attributes.get("class") == "headline")


def test_page_one_gives_question_answer_and_work_years(page: dict[str, Element]) -> None:
    box = headline(page["en"])
    for sentence in (
        "Among recipients of work assessment allowance (WAA) aged 18–29, did municipality 1804 see more work",
        "Average over 2016–2019 +5.6 workdays a year per recipient 95% interval −1.4 to 12.6",
        "12.7 work-years per calendar year, in all interval −3.2 to 28.6",
        "Latest year, 2019 (year 3 after the start year) +10.5 workdays a year per recipient",
        "23.8 work-years per calendar year",
        "+5.60 × 521 ÷ 230 = 12.7 per calendar year",
        "521 is the mean number of recipients a year over all exposed years, the same for both numbers.",
    ):
        assert sentence in box


def test_page_one_in_bokmaal(page: dict[str, Element]) -> None:
    box = headline(page["nb"]).replace(NBSP, " ")
    for sentence in (
        "Gjennomsnitt for 2016–2019 +5,6 arbeidsdager i året per mottaker 95 %-intervall −1,4 til 12,6",
        "12,7 årsverk per kalenderår",
        "23,8 årsverk",
        "+5,60 × 521 ÷ 230 = 12,7 per kalenderår",
        "Siste år, 2019 (år 3 etter startåret) +10,5 arbeidsdager i året per mottaker",
        "521 er gjennomsnittlig antall mottakere per år i alle årene med tiltaket, det samme for begge tallene.",
    ):
        assert sentence in box


def test_another_n_and_d_give_another_second_number(tmp_path: Path) -> None:
    box = headline(read_page(rendered(example(persons=500, days=220), tmp_path)["en"]))
    assert "12.7 work-years" in box
    assert "23.9 work-years" in box
    assert "23.8" not in box


def test_an_end_point_that_gathers_later_years_is_not_called_the_latest_year(tmp_path: Path) -> None:
    study = changed(example(), "headline", lambda r: r["term"] == "event_3", term="event_2", event_time=2, label="≥ 2")
    pages = {language: headline(read_page(text)) for language, text in rendered(study, tmp_path).items()}
    assert "Year 2 and later after the start year +10.5 workdays a year" in pages["en"]
    assert "År 2 og senere etter startåret +10,5 arbeidsdager" in pages["nb"].replace(NBSP, " ")
    assert not re.search("Latest year|2018", pages["en"])
    assert not re.search("Siste år|2018", pages["nb"])


def test_the_first_full_year_is_not_called_the_start_year(tmp_path: Path) -> None:
    results = example()
    design = {**results.study["design"], "first_treated_year": "first full year"}
    full = replace(results, study={**results.study, "design": design})
    box = headline(read_page(rendered(full, tmp_path)["en"]))
    assert "Latest year, 2019 (year 3 after the first full year) +10.5" in box
    assert "start year" not in box


def test_a_single_number_is_not_compared_with_another(tmp_path: Path) -> None:
    results = example()
    only = replace(results, tables={**results.tables, "headline": results.tables["headline"][:1]})
    box = headline(read_page(rendered(only, tmp_path)["en"]))
    assert "521 is the mean number of recipients a year over all exposed years." in box
    assert "both" not in box


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_verdicts_no_stars_no_claims(page: dict[str, Element], language: str) -> None:
    text = page[language].all("body")[0].text.lower()
    for word in (
        "significant",
        "signifikant",
        "causal effect",
        "kausal effekt",
        "proves",
        "participants",
        "deltakere",
        "*",
    ):
        assert word not in text.replace("ipscausal", "")
    assert not re.search(r"\b(does not work|works well|virker ikke på|har virket)\b", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_bare_p_of_an_invalid_method(page: dict[str, Element], language: str) -> None:
    table = next(t for t in page[language].all("table") if "CR1" in t.text)
    row = next(r for r in table.all("tr") if "CR1" in r.text)
    assert [cell.text for cell in row.all("td")][3:5] == ["–", "–"]
    assert row.attributes["class"] == "muted"


@pytest.mark.parametrize(("language", "cell"), [("en", "0.001 (15%)"), ("nb", "0,001 (15 %)")])
def test_the_conventional_p_stands_beside_its_rate(page: dict[str, Element], language: str, cell: str) -> None:
    table = next(t for t in page[language].all("table") if "HC1" in t.text)
    row = next(r for r in table.all("tr") if "HC1" in r.text)
    assert [found.text.replace(NBSP, " ") for found in row.all("td")][3:5] == ["–", cell]
    assert row.attributes["class"] == "muted"


def test_methods_stand_by_the_part_they_play(page: dict[str, Element]) -> None:
    table = next(t for t in page["en"].all("table") if "HC1" in t.text)
    heads = [row.text for row in table.all("tr") if row.attributes.get("class") == "group"]
    assert [head.split(":")[0] for head in heads] == ["Primary", "Companion", "Other methods", "Conventional"]
    primary = [row.all("th")[0].text for row in table.all("tr") if row.attributes.get("class") == "primary"]
    assert primary == ["Panel model, corrected for size"]


def test_the_primary_is_found_by_its_role_and_not_by_its_place(tmp_path: Path) -> None:
    results = example()
    turned = replace(results, tables={**results.tables, "estimates": results.tables["estimates"][::-1]})
    assert headline(read_page(rendered(turned, tmp_path)["en"])) == headline(
        read_page(rendered(results, tmp_path / "as it was")["en"])
    )


def test_main_table_names_methods_status_and_sizes(page: dict[str, Element]) -> None:
    text = page["en"].text
    assert "0.091 (rank 1 of 11)" in text
    assert "11 municipalities, 1 with IPS and 10 for comparison; 17,482 persons, 40,083 person-years." in text
    assert "known to be invalid" in text


def test_every_object_of_the_report_is_there_in_order(page: dict[str, Element]) -> None:
    anchors = [h.attributes["id"] for h in page["en"].all("h2")]
    assert anchors == [
        "question", "event-study", "trends", "methods", "evidence", "meaning", "flow", "baseline", "design",
        "outcomes", "recipients", "definitions", "target-trial", "deviations", "withheld", "checklists", "provenance",
    ]  # fmt: skip
    assert "No number was withheld." in page["en"].text


def test_method_text_is_written_from_the_study_file(tmp_path: Path) -> None:
    study = example()
    changed_study = {
        **study.study,
        "outcome": {**study.study["outcome"], "days": "calendar days", "measure": "any job", "also": []},
        "population": {**study.study["population"], "receipt": "baseline cohort", "ages": "any"},
        "design": {**study.study["design"], "covariates": ["age", "sex"], "comparison": "never", "outside": "drop"},
    }
    text = read_page(rendered(replace(study, study=changed_study), tmp_path)["en"]).text
    for sentence in (
        "the number of days with any job, counted over all days of the year",
        "Persons who received work assessment allowance (WAA) in the calendar year before the first start of IPS, "
        "followed in every year 2010–2019",
        "No age limits.",
        "Ever received work assessment allowance (WAA) in the study years; all study years counted",
        "Adjusted for the person's age and sex.",
        "Every municipality that never started IPS inside the window is a comparison: 10 in all.",
        "Years further out are left out of that regression.",
    ):
        assert sentence in text
    assert "capped at full time" not in text
    assert "Other outcomes" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_asks_nobody_for_anything(html: dict[str, str], language: str) -> None:
    page = html[language]
    assert not re.search(r"(?:src|href|srcset)=\"(?!data:|#)", page)
    assert not re.search(r"https?://|@import|url\(", page)
    assert "<script" not in page
    for picture in re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", page):
        svg = base64.b64decode(picture).decode("utf-8")
        outward = re.findall(r"(?:href|src)=\"(?!#)[^\"]*\"", svg)
        assert outward == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_structure_a_screen_reader_needs(page: dict[str, Element], language: str) -> None:
    root = page[language]
    assert root.all("html")[0].attributes["lang"] == language
    levels = [int(heading.tag[1]) for heading in root.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    identifiers = [e.attributes["id"] for e in root.all("h2", "h3", "section", "div") if "id" in e.attributes]
    assert len(identifiers) == len(set(identifiers))
    for table in root.all("table"):
        assert table.all("caption")
        assert all("scope" in cell.attributes for cell in table.all("th"))
        wrapper = table.parent
        assert wrapper is not None
        assert wrapper.attributes["tabindex"] == "0"
        assert wrapper.attributes["role"] == "region"
        assert wrapper.attributes["aria-label"]
    for link in root.all("a"):
        assert (link.attributes["href"] or "")[1:] in identifiers


def test_a_caption_stays_in_view_while_its_table_scrolls(html: dict[str, str], page: dict[str, Element]) -> None:
    assert all(len(caption.all("span")) == 1 for caption in page["en"].all("caption"))
    rules = dict(re.findall(r"^([.\w ]+) \{ (.+) \}$", html["en"], re.MULTILINE))
    assert "container-type: inline-size; overflow-x: auto" in rules[".scroll"]
    assert {"position: sticky", "left: 0", "max-width: 100cqw"} <= set(re.split("; ?", rules["caption span"]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_figure_has_a_text_a_caption_and_its_numbers(page: dict[str, Element], language: str) -> None:
    figures = page[language].all("figure")
    assert len(figures) == 6
    for figure in figures:
        assert len(figure.all("img")[0].attributes["alt"] or "") > 80
        assert figure.all("figcaption")[0].text
        assert figure.all("details")[0].all("table")


def test_rows_of_a_table_have_as_many_cells_as_it_has_columns(page: dict[str, Element]) -> None:
    for table in page["en"].all("table"):
        width = len(table.all("thead")[0].all("tr")[-1].all("th"))
        for row in table.all("tbody")[0].all("tr"):
            assert sum(int(cell.attributes.get("colspan") or 1) for cell in row.all("th", "td")) == width
        for groups in (r for r in table.all("tr") if r.attributes.get("class") == "groups"):
            assert sum(int(cell.attributes["colspan"] or 0) for cell in groups.all("th", "td")) == width


def contrast(foreground: str, background: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(foreground), luminance(background)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_text_colour_stands_out_from_both_grounds(html: dict[str, str]) -> None:
    style = html["en"].split("<style>")[1].split("</style>")[0]
    variables = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", style))
    used = {variables.get(v, v) for v in re.findall(r"[;{\s]color: (?:var\(--)?(#?\w+)\)?;", style)} - {"inherit"}
    assert len(used) >= 4
    for colour in used:
        for ground in ("#ffffff", variables["wash"]):
            assert contrast(colour, ground) >= 4.5, (colour, ground)


def test_withheld_numbers_read_well(tmp_path: Path) -> None:
    study = changed(example(), "headline", lambda r: r["term"] == "event_3", support_treated=9)
    study = changed(
        study, "event_study", lambda r: r["outcome"] == "workdays" and r["event_time"] == 3, support_treated=9
    )
    study = changed(study, "estimates", lambda r: r["outcome"] == "log_recipients", support_treated=9)
    study = changed(study, "estimates", lambda r: r["outcome"] == "employed", residual_df=9)
    pages = {language: read_page(text) for language, text in rendered(study, tmp_path).items()}
    english, norwegian = pages["en"].text, pages["nb"].text
    assert "+5.6 workdays" in headline(pages["en"])
    assert ": This number is withheld by the disclosure rules." in headline(pages["en"])
    assert ": Dette tallet er holdt tilbake etter reglene for utlevering." in headline(pages["nb"])
    assert "10.5" not in english
    assert "The difference-in-differences on the logarithm of recipients is withheld" in english
    assert "“:” means withheld by the disclosure rules" in english
    assert "fewer than 10 treated persons in a year behind the number" in english
    assert "fewer than 10 residual degrees of freedom" in english
    assert "færre enn 10 personer med tiltak i et år bak tallet" in norwegian
    assert "A gap is a point" not in english
    assert "None" not in english + norwegian
    assert "nan" not in english.lower().split()


def test_several_treated_municipalities_are_worded_as_several(tmp_path: Path) -> None:
    results = example()
    facts = {
        **results.facts,
        "treated": ["1804", "1103"],
        "n_treated": 2,
        "adoption_years": {"1804": 2016, "1103": 2017},
    }
    text = read_page(rendered(replace(results, facts=facts), tmp_path)["en"]).text
    assert "did the 2 municipalities that started IPS see more work afterwards" in text
    assert "Average over the exposed years" in text
    assert "Year 3 after the start year" in text
    assert "Ranked among all 11 ways in which the treated municipalities could have been drawn" in text
    assert "cannot be told apart from IPS" not in text


def test_text_from_outside_cannot_become_markup(tmp_path: Path) -> None:
    results = example()
    about = {**results.study["study"], "title": {"en": "<script>alert(1)</script>", "nb": "<b>x</b>"}}
    html = rendered(replace(results, study={**results.study, "study": about}), tmp_path)
    assert "<script" not in html["en"]
    assert "&lt;script&gt;" in html["en"]


def test_only_the_release_is_read(tmp_path: Path) -> None:
    release(example(), tmp_path / "a" / "release")
    (tmp_path / "moved").mkdir()
    moved = (tmp_path / "a" / "release").rename(tmp_path / "moved" / "elsewhere")
    first = render(moved, tmp_path / "one", ("nb",))
    second = render(moved, tmp_path / "two", ("nb", "nb"))
    assert [path.name for path in first] == [path.name for path in second] == ["report.nb.html"]
    assert first[0].read_bytes() == second[0].read_bytes()


def test_what_is_not_built_is_refused(tmp_path: Path) -> None:
    release(example(), tmp_path / "release")
    with pytest.raises(UsageError, match="format 'epub'") as caught:
        render(tmp_path / "release", tmp_path / "report", ("en", "sv"), ("epub",))
    assert len(caught.value.problems) == 2
    assert caught.value.exit_code == 2
    assert not (tmp_path / "report").exists()
    (tmp_path / "release" / "flow.csv").unlink()
    with pytest.raises(UsageError, match=r"missing: flow\.csv"):
        render(tmp_path / "release", tmp_path / "report", ("en",))


def test_where_the_plan_is_registered_is_told(tmp_path: Path) -> None:
    results = example()
    plan = {**results.study["study"]["plan"], "url": "registry.example/plans/42"}
    about = {**results.study, "study": {**results.study["study"], "plan": plan}}
    page = read_page(rendered(replace(results, study=about), tmp_path, ("en",))["en"])
    assert "Plan registered at registry.example/plans/42" in page.text
