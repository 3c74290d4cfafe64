"""What files give away beside their text: metadata, drawings, roundings. Every byte of every format is asked."""

from __future__ import annotations

import getpass
import json
import platform
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lib.example_results import PLACE, changed, example, with_disclosure
from lib.released import quick_png  # noqa: F401
from lib.searching import holding, layers
from pypdf import PdfReader

from ipscausal import outputs
from ipscausal.disclosure import release
from ipscausal.errors import UsageError
from ipscausal.language import LANGUAGES
from ipscausal.report import render
from ipscausal.results import Results

RULESETS = ("strict", "ssb", "nav", "dst", "opensafely", "acro", "microdata_no")
REPORTS = (("nn", "html"), ("en", "pdf"), ("nb", "docx"))
"""Every format and every language once; bokmål and English pages are compared with the tables that they are made of."""

Where = Callable[[Mapping[str, Any]], bool]
PLANTS: tuple[tuple[str, Where, dict[str, Any], dict[str, Any]], ...] = (
    (
        "event_study", lambda r: r["event_time"] == 2 and r["outcome"] == "workdays", {"support_treated": 9},
        {"estimate": 91.2357, "std_error": 47.1913, "conf_low": -13.5791, "conf_high": 196.0505, "p_value": 0.06173},
    ),
    (
        "baseline", lambda r: r["variable"] == "age", {"support_control": 4},
        {"treated_mean": 19.4687, "treated_sd": 7.3829, "control_mean": 18.2917, "std_difference": 0.31759},
    ),
    (
        "estimates", lambda r: r["outcome"] == "employed" and r["method"] == "panel", {"residual_df": 3},
        {"estimate": 0.763891, "std_error": 0.095147, "conf_low": 0.548673, "conf_high": 0.979109, "p_value": 0.00371},
    ),
    (
        "placebo", lambda r: r["position"] == 4, {"support_treated": 4},
        {"contrast": -83.6127, "studentised": -3.91734},
    ),
    (
        "leave_one_out", lambda r: r["left_out"] == "1833", {"support_control": 2},
        {"estimate": 67.8943, "conf_low": 11.4785, "conf_high": 124.3101, "change": 62.2943},
    ),
)  # fmt: skip
"""Rows that may not leave, and the distinctive numbers that stand in them."""


def planted(values: bool = True) -> Results:
    """The example with rows that may not leave, with their distinctive numbers or with those of the example."""
    results = example()
    for table, where, failing, numbers in PLANTS:
        results = changed(results, table, where, **(numbers if values else {}))
        results = changed(results, table, where, **failing)
    return results


def everything(results: Results, folder: Path) -> Path:
    """The release, and a report of every format, as a run writes them."""
    release(results, folder / "release")
    for language, form in REPORTS:
        render(folder / "release", folder / f"report_{language}", (language,), (form,))
    return folder


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return everything(planted(), tmp_path_factory.mktemp("planted"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_language_and_format_is_asked(written: Path) -> None:
    assert {language for language, _ in REPORTS} == set(LANGUAGES)
    assert {path.suffix for path in written.rglob("report.*")} == {".html", ".pdf", ".docx"}


def test_no_byte_of_any_format_depends_on_what_is_withheld(written: Path, tmp_path: Path) -> None:
    """Other numbers in the rows that stay behind: alt texts, coordinates, orders, sizes of files are all the same."""
    other = everything(planted(values=False), tmp_path)
    assert contents(other) == contents(written)


def test_made_twice_every_file_has_the_same_bytes(written: Path, tmp_path: Path) -> None:
    assert contents(everything(planted(), tmp_path)) == contents(written)


def spellings(number: float) -> set[str]:
    """A number as a table, a text or a figure could write it: digits by 2 to 6, point or comma, minus or none."""
    size = abs(number)
    rounded = {f"{size:.{digits}f}" for digits in range(2, 7)} | {f"{100 * size:.{digits}f}" for digits in (1, 2)}
    told = {text for text in rounded if len(text.replace(".", "").strip("0")) >= 4}
    return told | {text.replace(".", ",") for text in told} | {text.lstrip("0") for text in told}


def told_by(written: Path) -> dict[str, str]:
    """All that can be read in a file: its layers, and the text of PDFs."""
    texts = {}
    for path in sorted(written.rglob("*")):
        if path.is_file():
            read = [layer.decode("utf-8", errors="replace") for layer in layers(path.read_bytes())]
            if path.suffix == ".pdf":
                read += [page.extract_text() for page in PdfReader(path).pages]
            texts[path.relative_to(written).as_posix()] = "\n".join(read)
    return texts


def test_no_spelling_of_a_withheld_number_is_anywhere(written: Path) -> None:
    numbers = {number for _, _, _, values in PLANTS for number in values.values()}
    wanted = set().union(*(spellings(number) for number in numbers))
    assert {"91.24", "91,24", "83.61", "0.7639", "76.39"} <= wanted
    # drawings and fonts are digits without end: what is drawn is asked by bytes, above
    texts = {name: text for name, text in told_by(written).items() if not name.endswith((".png", ".html", ".pdf"))}
    texts |= {name: _words(written / name) for name in told_by(written) if name.endswith((".html", ".pdf"))}
    assert {name.rsplit(".", 1)[1] for name in texts} >= {"csv", "json", "md", "txt", "html", "pdf", "docx"}
    found = {(name, number) for name, text in texts.items() for number in wanted if number in text}
    assert found == set()


def _words(path: Path) -> str:
    """The text of a page without its drawings."""
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in PdfReader(path).pages)
    text = path.read_text(encoding="utf-8")
    return "".join(part.split("</svg>", 1)[-1] for part in text.split("<svg"))


def test_the_search_would_find_them(tmp_path: Path) -> None:
    """The same numbers in rows that may leave are in the files, in the spelling of each."""
    results = example()
    for table, where, _, numbers in PLANTS[:1]:
        results = changed(results, table, where, **numbers)
    folder = everything(results, tmp_path)
    for name, number in (
        ("release/event_study.csv", "91.2357"),
        ("report_nn/report.nn.html", "91,2"),
        ("report_nb/report.nb.docx", "91,2"),
    ):
        assert number in told_by(folder)[name], name
    pdf = folder / "report_en/report.en.pdf"
    assert "91.2" in _words(pdf)
    assert len(list(layers(pdf.read_bytes()))) > len(PdfReader(pdf).pages), "its streams are packed"


def png_chunks(content: bytes) -> list[str]:
    place, found = 8, []
    while place < len(content):
        (size,) = struct.unpack(">I", content[place : place + 4])
        found.append(content[place + 4 : place + 8].decode("ascii"))
        place += 12 + size
    return found


def test_a_drawing_holds_pixels_a_title_and_its_text_and_nothing_else(written: Path) -> None:
    drawings = sorted((written / "release").glob("*.png"))
    assert len(drawings) >= 3
    for path in drawings:
        content = path.read_bytes()
        assert set(png_chunks(content)) == {"IHDR", "tEXt", "iTXt", "pHYs", "IDAT", "IEND"} - _absent(content), (
            path.name
        )
        told = b"".join(layers(content))
        assert b"Title" in told
        assert b"Description" in told
        for made_by in (b"Software", b"matplotlib", b"Creation Time", b"Author", b"eXIf", b"tIME"):
            assert made_by not in told, path.name


def _absent(content: bytes) -> set[str]:
    """A text of Latin letters alone needs no chunk for other ones, and the other way round."""
    return {"tEXt", "iTXt"} - set(png_chunks(content))


def test_no_file_names_a_person_a_machine_or_a_place(written: Path) -> None:
    for name in {PLACE, "analyst", str(written), getpass.getuser(), platform.node()}:
        if len(name) > 4:
            assert holding(written, name.encode()) == [], name


@pytest.mark.usefixtures("quick_png")
@pytest.mark.parametrize("ruleset", RULESETS)
def test_only_types_that_hold_no_rows_no_code_and_no_coordinates(tmp_path: Path, ruleset: str) -> None:
    disclosure = {"ruleset": ruleset}
    release(replace(example(), study={**example().study, "disclosure": disclosure}), tmp_path)
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} <= {".csv", ".png", ".json", ".md", ".txt"}
    entries = json.loads((tmp_path / "results.json").read_text())["results"]
    checks = {entry["files"][0]["name"]: entry["fair"]["check_status"]["FileCheck"] for entry in entries.values()}
    for_review = {name for name, status in checks.items() if status == "review"}
    # the Danish list of types has no JSON: these files are for the checker to judge
    assert for_review == ({"facts.json", "provenance.json", "study.json"} if ruleset == "dst" else set())


@pytest.mark.usefixtures("quick_png")
@pytest.mark.parametrize(
    ("rule", "file", "words"),
    [
        ({"max_rows": 20}, "estimates.csv", "rows; the rule set ssb takes 20."),
        ({"max_bytes": 3000}, "estimates.csv", "bytes; the rule set ssb takes 3,000."),
        ({"file_types": ["csv", "md", "json", "txt"]}, "trends.png", "Files of type png are not on the list"),
    ],
)
def test_a_file_beyond_the_rule_set_is_for_review_with_the_reason(
    tmp_path: Path, rule: dict[str, Any], file: str, words: str
) -> None:
    release(with_disclosure(example(), **rule), tmp_path)
    entries = json.loads((tmp_path / "results.json").read_text())["results"]
    found = {entry["files"][0]["name"]: entry for entry in entries.values()}
    assert found[file]["status"] == "review"
    assert words in found[file]["exception"]
    assert words in (tmp_path / "context.md").read_text(encoding="utf-8")
    assert found["flow.csv"]["fair"]["check_status"]["FileCheck"] == "pass"


@pytest.mark.parametrize("name", ["notebook.ipynb", "person_year.parquet", "figure.svg", "model.pickle"])
def test_what_somebody_lays_beside_the_release_neither_leaves_nor_is_lost(tmp_path: Path, name: str) -> None:
    with outputs.transaction(tmp_path, ("release",)) as staging:
        (staging.part("release") / "headline.csv").write_text("term\n")
        staging.commit({"command": "run"})
    (tmp_path / "release" / name).write_text("rows of persons")
    with (
        pytest.raises(UsageError, match="files of yours lie where this command replaces everything"),
        outputs.transaction(tmp_path, ("release",)),
    ):
        pass
    with pytest.raises(UsageError, match="not belong together"):
        outputs.require_whole(tmp_path, ("release",), "")
    assert (tmp_path / "release" / name).read_text() == "rows of persons"
