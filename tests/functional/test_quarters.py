"""A panel by quarter from extracts to a report in three languages, and what every other command makes of it.

One run and one pool are read by all tests: no other test goes through the whole of it by quarter.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lib.command import as_json, done, ipscausal
from lib.outsider import Outsider
from lib.page import read_page
from lib.released import rows
from lib.split_registry import split

import ipscausal as ips
from ipscausal import study_file
from ipscausal.language import LANGUAGES
from ipscausal.periods import of_label

CHANGES = (
    ('period = "year" ', 'period = "quarter" '),
    ("years = [2011, 2019]", "years = [2013, 2018]"),
    ('by = ["sex", "age band", "prior work"]', 'by = ["sex"]'),
    ("event_window = [-4, 3]", "event_window = [-6, 5]"),
    ("break_years = []", "break_years = [2015]"),
    ('languages = ["en"]', 'languages = ["en", "nb", "nn"]'),
    ("draws = 9999", "draws = 99"),
    ("calibration_draws = 100", "calibration_draws = 0"),
)
NUMBER = re.compile(r"(?<![\d.,])80[4-7]\d(?![\d.,])")
"""A quarter as it is counted and never told."""
YEARS = {
    "en": re.compile(r"\b[\w-]*years?\b|\byearly\b|\bannual\w*|\bjanuary\b", re.IGNORECASE),
    "nb": re.compile(r"\b(?!(?:står|når|går|får|består|forstår|anslår)\b)\w*år(?:et|ene|ets|s|lige?|s\w+)?\b|januar",
                     re.IGNORECASE),
    "nn": re.compile(r"\b(?!(?:står|når|går|får|består|forstår|anslår)\b)\w*år(?:et|a|ets|s|lege?|s\w+)?\b|januar",
                     re.IGNORECASE),
}  # fmt: skip
MAY_STAY = (
    # work-years are years of work; the rule that makes them says that a year is four quarters
    r"work-years?\b", r"\bårsverk\w*", r"per calendar year", r"per kalenderår", r"a year is four such quarters",
    r"e(?:i)?t år er fire slike kvartal", r"not added up over years", r"ikke lagt sammen over år",
    r"ikkje lagde saman over år",
    # the years of the study file, in which the population is looked for
    r"the study years", r"studieårene", r"studieåra",
    # ages and seasons
    r"\d år\b", r"Age, years", r"Alder, år", r"årstid\w*",
    # the rules of receipt and of start as the study file calls them, and keys of it
    r"first_treated_year[^.,;]*", r'"[^"]*"', r"population\.years",
    # the plan was written by hand
    r"Brown et al\.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quarterly:
    """The study, the extracts of all, the run over them and the pool of their parts; read-only by agreement."""

    study: Path
    extracts: Path
    out: Path
    pooled: Path
    told: str

    @property
    def release(self) -> Path:
        return self.out / "release"


@pytest.fixture(scope="module")
def quarterly(registry: Any, tmp_path_factory: pytest.TempPathFactory) -> Quarterly:
    folder = tmp_path_factory.mktemp("quarters")
    study = registry.with_study(folder, *CHANGES).study
    text, count = re.subn(r"# Attacks on the answer.*?(?=# work-years)", "", study.read_text("utf-8"), flags=re.S)
    assert count == 1
    study.write_text(text, encoding="utf-8")
    union, pieces = split(registry.extracts, folder, 2)
    told = done("run", "--study", study, "--extracts", union, "--out", folder / "out").stdout
    # the pool is read for its numbers: one language will do
    short = folder / "short.toml"
    short.write_text(study.read_text("utf-8").replace('["en", "nb", "nn"]', '["en"]'), encoding="utf-8")
    cells = [folder / f"cells{k}" for k, _ in enumerate(pieces)]
    for piece, out in zip(pieces, cells, strict=True):
        done("cells", "--study", short, "--extracts", piece, "--out", out)
    done("pool", *cells, "--out", folder / "pooled")
    return Quarterly(study, union, folder / "out", folder / "pooled", told)


def text_of(out: Path, language: str) -> str:
    page = read_page((out / "report" / f"report.{language}.html").read_text(encoding="utf-8"))
    pictures = [image.attributes.get("alt") or "" for image in page.all("img")]
    return "\n".join([*(part.text for part in page.all("body")), *pictures])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_reader_is_told_year_where_a_quarter_is_meant(quarterly: Quarterly, language: str) -> None:
    told = text_of(quarterly.out, language)
    assert "2016Q1–2018Q4" in told
    assert NUMBER.findall(told) == []
    for phrase in MAY_STAY:
        told = re.sub(phrase, " ", told, flags=re.IGNORECASE)
    told = re.sub(r"\b\w+_\w+\b", " ", told)
    found = [told[max(0, one.start() - 60) : one.end() + 40] for one in YEARS[language].finditer(told)]
    assert found == []


def test_the_numbers_are_those_of_python(quarterly: Quarterly) -> None:
    study = study_file.read_study(quarterly.study)
    panel = ips.build_panel(study, quarterly.extracts)
    assert panel.period == "quarter"
    average = rows(quarterly.release, "headline")[0]
    # a released number has six significant digits at the most
    effect = ips.did(panel).tidy()["estimate"][0]
    assert float(average["estimate"]) == pytest.approx(effect, rel=1e-5)
    exposed = (panel.persons * panel.exposed).sum(axis=0)
    persons = np.floor(exposed[exposed > 0].mean() + 0.5)
    assert float(average["work_year_persons"]) == persons
    assert float(average["work_years"]) == pytest.approx(effect * persons * 4 / 230, rel=1e-5)
    trends = [row for row in rows(quarterly.release, "trends") if row["outcome"] == "workdays"]
    assert {row["year"] for row in trends} == set(panel.period_labels)
    place = {name: at for at, name in enumerate(panel.period_labels)}
    for row in trends:
        mask = panel.treated if row["arm"] == "treated" else ~panel.treated
        at = place[row["year"]]
        assert float(row["persons"]) == panel.persons[mask, at].sum()
        mean = panel.y[mask, at].sum() / panel.persons[mask, at].sum()
        assert float(row["mean"]) == pytest.approx(mean, rel=1e-5)
    events = ips.event_study(panel, window=(-6, 5), reference=-1).tidy().groupby("term")["estimate"].first()
    for row in rows(quarterly.release, "event_study"):
        if row["is_reference"] == "false":
            assert float(row["estimate"]) == pytest.approx(events[row["term"]], rel=1e-5)


def test_what_leaves_names_its_quarters(quarterly: Quarterly) -> None:
    for path in sorted(quarterly.release.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                for column in {"year", "cohort", "period_from", "period_to"} & row.keys():
                    assert row[column] == "" or of_label(row[column]) > 8000, (path.name, row[column])
                assert not [cell for cell in row.values() if NUMBER.fullmatch(cell)], path.name
    for name in ("facts.json", "study.json", "context.md", "withheld.csv"):
        assert NUMBER.findall((quarterly.release / name).read_text(encoding="utf-8")) == [], name
    context = (quarterly.release / "context.md").read_text(encoding="utf-8")
    assert "person-quarters" in context
    assert "- `year`: quarter, as 2016Q1" in context
    assert "person-years" not in context


def test_the_screen_speaks_of_quarters(quarterly: Quarterly) -> None:
    told = " ".join(quarterly.told.split())
    assert "persons, and person-quarters in the columns (quarters)" in told
    assert "2013Q1" in told
    assert "Average over 2016Q1-2018Q4" in told
    assert "x 4 / 230" in told
    assert NUMBER.findall(told) == []


def test_no_withheld_count_follows_from_the_others(quarterly: Quarterly) -> None:
    outsider = Outsider(quarterly.release)
    truth = json.loads((quarterly.out / "restricted" / "results.json").read_text())["tables"]["trends"]
    known = {("persons", row["arm"], row["year"]): row["persons"] for row in truth}
    assert known.keys() <= outsider.bounds.keys()
    for name, persons in known.items():
        low, high = outsider.bounds[name]
        assert low <= persons <= high
    hidden = [name for name, (low, high) in outsider.bounds.items() if low < high and name[0] == "distinct"]
    for name in hidden:
        low, high = outsider.interval(name)
        assert high - low >= 10, name


def test_a_pool_of_quarters_is_the_run_over_the_union(quarterly: Quarterly) -> None:
    one, other = (
        json.loads((out / "restricted" / "results.json").read_text()) for out in (quarterly.out, quarterly.pooled)
    )
    assert other["tables"] == one["tables"]
    assert other["facts"] == one["facts"]
    for path in quarterly.release.glob("*.csv"):
        assert (quarterly.pooled / "release" / path.name).read_bytes() == path.read_bytes(), path.name


def test_every_other_command_takes_a_run_by_quarter(quarterly: Quarterly, tmp_path: Path) -> None:
    out = Path(shutil.copytree(quarterly.out, tmp_path / "out"))
    done("release", "--out", out)
    for path in quarterly.release.glob("*.csv"):
        assert (out / "release" / path.name).read_bytes() == path.read_bytes(), path.name
    agreed = as_json(done("verify", "--out", out, "--json"))
    assert agreed["agrees"] is True
    done("report", "--out", out, "--format", "pdf", "--language", "nb")
    assert (out / "report" / "report.nb.pdf").read_bytes().startswith(b"%PDF-1.7")
    same = done("diff", quarterly.out, out)
    assert NUMBER.findall(same.stdout) == []
    shutil.copy(quarterly.study, tmp_path / "study.toml")
    done("lock", "--study", tmp_path / "study.toml")
    locked = (tmp_path / "study.locked.toml").read_text(encoding="utf-8")
    assert 'period = "quarter"' in locked


def test_candidates_are_compared_by_year(quarterly: Quarterly) -> None:
    refused = ipscausal("candidates", "--study", quarterly.study, "--extracts", quarterly.extracts)
    assert refused.returncode == 2
    assert "candidates are compared by calendar year" in refused.stderr
    assert 'set population.period = "year" for this command' in " ".join(refused.stderr.split())
