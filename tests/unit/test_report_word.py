"""The report in Word: what the document model holds and nothing else, readable by everybody, the same on every run."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import struct
import time
from pathlib import Path

import pytest
from lib.example_effects import staggered
from lib.example_results import example
from lib.word_file import WP, W, WordFile, cells, spans, text, undrawn_document

from ipscausal.disclosure import release
from ipscausal.errors import UsageError
from ipscausal.language import LANGUAGES
from ipscausal.report import render, require_formats
from ipscausal.report.document import Bullets, Document, Figure, Paragraph, Section, Table, TableRow
from ipscausal.report.word import word
from ipscausal.report.word.table import table_element
from ipscausal.report.word.widths import PADDING, fitted

TAGS = {"en": "en-GB", "nb": "nb-NO", "nn": "nn-NO"}
A4_TEXT = 470.0
"""Points between the margins, about."""


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    """Every section of the report in every language."""
    folder = tmp_path_factory.mktemp("word") / "release"
    return {language: undrawn_document(staggered(example()), folder, language) for language in LANGUAGES}


@pytest.fixture(scope="module")
def files(documents: dict[str, Document]) -> dict[str, WordFile]:
    return {language: WordFile(word(one)) for language, one in documents.items()}


def blocks(one: Document) -> list[object]:
    return [block for section in one.sections for block in section.blocks]


def tables(one: Document) -> list[Table]:
    """In the order of the page: those of figures stand under them."""
    found = (block.table if isinstance(block, Figure) else block for block in blocks(one))
    return [table for table in found if isinstance(table, Table)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_title_and_lists_are_real(
    documents: dict[str, Document], files: dict[str, WordFile], language: str
) -> None:
    one, file = documents[language], files[language]
    assert file.of_style("Title") == [one.title]
    assert file.of_style("heading 1") == [section.heading for section in one.sections]
    items = [item for block in blocks(one) if isinstance(block, Bullets) for item in block.items]
    assert file.of_style("List Bullet") == items
    assert file.of_style("Key Question") == [one.headline.question]
    labels = [one.headline.question_label, one.headline.answer_label, one.headline.figures_label]
    assert file.of_style("Key Heading") == labels
    numbered = WordFile.part(file, "word/styles.xml").find(f".//{W}style[@{W}styleId='ListBullet']//{W}numId")
    assert numbered is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_are_native_with_their_headers_marked(
    documents: dict[str, Document], files: dict[str, WordFile], language: str
) -> None:
    wanted, found = tables(documents[language]), files[language].tables
    assert len(found) == len(wanted) >= 10
    for table, native in zip(wanted, found, strict=True):
        rows = native.findall(f"{W}tr")
        heads = 2 if table.groups else 1
        marked = [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows]
        assert marked == [True] * heads + [False] * len(table.rows)
        assert cells(rows[heads - 1]) == list(table.columns)
        assert [cells(row) for row in rows[heads:]] == [list(row.cells) for row in table.rows]
        assert {sum(spans(row)) for row in rows} == {len(table.columns)}
        assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
        caption = native.find(f"{W}tblPr/{W}tblCaption")
        assert caption is not None
        assert caption.attrib[f"{W}val"] == table.caption
        assert all(cell.find(f"{W}p") is not None for row in rows for cell in row.findall(f"{W}tc"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_tells_what_it_shows_and_fits_the_page(
    documents: dict[str, Document], files: dict[str, WordFile], language: str
) -> None:
    wanted = [block.alt for block in blocks(documents[language]) if isinstance(block, Figure)]
    pictures = list(files[language].body.iter(f"{WP}inline"))
    assert [picture.find(f"{WP}docPr").attrib["descr"] for picture in pictures] == wanted  # type: ignore[union-attr]
    assert len(wanted) >= 5
    for picture in pictures:
        extent = picture.find(f"{WP}extent")
        assert extent is not None
        assert int(extent.attrib["cx"]) / 12700 == pytest.approx(A4_TEXT, abs=1)
    captions = [block.caption for block in blocks(documents[language]) if isinstance(block, Figure)]
    assert set(captions) | {table.caption for table in tables(documents[language])} == set(
        files[language].of_style("caption")
    )


def test_a_number_of_page_one_is_large_and_its_unit_small(
    documents: dict[str, Document], files: dict[str, WordFile]
) -> None:
    file, wanted = files["en"], documents["en"].headline.figures
    found = [one for one in file.body.findall(f"{W}p") if file.style(one) == "Key Figure"]
    pairs = [tuple(text(run) for run in one.findall(f"{W}r")) for one in found if len(one.findall(f"{W}r")) == 2]
    told = [(one.value, one.unit) for one in wanted] + [(one.second_value, one.second_unit) for one in wanted]
    assert sorted(pairs) == sorted((value, f" {unit}") for value, unit in told if value)
    sizes = [[run.find(f"{W}rPr/{W}sz") is not None for run in one.findall(f"{W}r")] for one in found]
    assert [size for size in sizes if len(size) == 2] == [[False, True]] * len(pairs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_language_for_the_whole_document(files: dict[str, WordFile], language: str) -> None:
    file = files[language]
    told = [found.attrib[f"{W}val"] for found in file.part("word/styles.xml").iter(f"{W}lang")]
    assert told == [TAGS[language]]
    assert not list(file.body.iter(f"{W}lang"))
    assert f"<dc:language>{TAGS[language]}</dc:language>" in file.about


def test_contents_lead_to_the_sections(documents: dict[str, Document], files: dict[str, WordFile]) -> None:
    body = files["en"].body
    links = [(link.attrib[f"{W}anchor"], text(link)) for link in body.iter(f"{W}hyperlink")]
    marks = [mark.attrib[f"{W}name"] for mark in body.iter(f"{W}bookmarkStart")]
    assert [name for name, _ in links] == marks
    assert [told for _, told in links] == [section.heading for section in documents["en"].sections]
    assert all(re.fullmatch(r"\w{1,40}", name) for name in marks)


def test_the_file_says_who_made_it_with_what_and_not_where(
    documents: dict[str, Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        monkeypatch.setenv(variable, "kari-example")
    made = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
    file = WordFile(word(dataclasses.replace(documents["nb"], made=made)))
    assert "<dc:creator>ipscausal 0.1.0</dc:creator>" in file.about
    assert file.about.count("2026-03-04T05:06:07Z") == 2
    assert f"<dc:title>{documents['nb'].title}</dc:title>" in file.about
    assert not re.search("<cp:lastModifiedBy>[^<]", file.about)
    assert not {"docProps/app.xml", "docProps/custom.xml", "docProps/thumbnail.jpeg"} & set(file.parts)
    assert not [name for name in file.parts if name.startswith("customXml")]
    whole = b"".join(file.parts.values())
    for told in ("kari-example", "python-docx", str(Path.cwd()), f"{Path.home()}/", "<w:rsid "):
        assert told.encode() not in whole
    for name, part in file.parts.items():
        if name.endswith(".rels"):
            assert b"TargetMode" not in part


def test_the_same_bytes_on_another_day(documents: dict[str, Document], monkeypatch: pytest.MonkeyPatch) -> None:
    first = word(documents["en"])
    later = time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    assert word(documents["en"]) == first
    assert WordFile(first).moments == {(1980, 1, 1, 0, 0, 0)}


def test_a_release_without_a_moment_is_no_hindrance(documents: dict[str, Document]) -> None:
    assert WordFile(word(dataclasses.replace(documents["en"], made=None))).about.count("1980-01-01T00:00:00Z") == 2


def test_text_from_outside_stays_text(documents: dict[str, Document]) -> None:
    title = "\x0b\x00<w:b/> & {PAGE} \ufffe*x*"
    file = WordFile(word(dataclasses.replace(documents["en"], title=title)))
    assert file.of_style("Title") == ["<w:b/> & {PAGE} *x*"]


def numbers(columns: int) -> Table:
    heads = ("Municipality", *(f"Year {place}" for place in range(1, columns)))
    rows = tuple(TableRow((f"{place:04}", *(["−12.34 to 56.78"] * (columns - 1)))) for place in range(3))
    return Table(caption="Wide", columns=heads, rows=rows)


def test_type_shrinks_and_the_page_turns_where_numbers_would_break() -> None:
    narrow, smaller, turned = (fitted(numbers(columns), 490, 700) for columns in (5, 6, 9))
    assert (narrow.size, narrow.on_its_side) == (9.0, False)
    assert (smaller.size, smaller.on_its_side) == (8.0, False)
    assert turned.on_its_side
    for fit, room in ((narrow, 490), (smaller, 490), (turned, 700)):
        assert sum(fit.widths) <= room
        # fifteen characters, at half an em each the least that any common font takes
        assert min(fit.widths[1:]) >= 15 * 0.5 * fit.size + PADDING
    assert fitted(numbers(5), 430, 700).size == 8.0


def test_words_share_what_numbers_leave() -> None:
    told = "a long account of what was found, which wraps over the lines that it needs " * 4
    row = TableRow(("Trends", "+5.4", told))
    table = Table("Checks", ("Check", "Number", "What was found"), (row,), text_columns=(2,))
    fit = fitted(table, 470, 700)
    assert sum(fit.widths) <= 470
    assert fit.widths[2] > 3 * fit.widths[0]
    short = fitted(dataclasses.replace(table, rows=(TableRow(("Trends", "+5.4", "nothing")),)), 470, 700)
    assert sum(short.widths) < 300


def test_a_wide_table_stands_on_a_page_of_its_own_on_its_side(documents: dict[str, Document]) -> None:
    section = Section("wide", "Wide", (numbers(9),))
    file = WordFile(word(dataclasses.replace(documents["en"], sections=(section,))))
    pages = [page.attrib for page in file.body.iter(f"{W}pgSz")]
    assert [page.get(f"{W}orient", "portrait") for page in pages] == ["portrait", "landscape", "portrait"]
    assert [int(page[f"{W}w"]) > int(page[f"{W}h"]) for page in pages] == [False, True, False]


def test_without_python_docx_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in [name for name in sys.modules if name.startswith("ipscausal.report.word")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "docx", None)
    require_formats(("html",))
    with pytest.raises(UsageError, match="a report in Word needs python-docx, which is not installed") as caught:
        require_formats(("html", "docx"))
    assert caught.value.remedy == 'pip install "ipscausal[word]", or leave docx out of the formats'


def test_a_report_is_rendered_in_word_beside_the_others(tmp_path: Path) -> None:
    release(example(), tmp_path / "release")
    made = render(tmp_path / "release", tmp_path / "report", ("nb",), ("docx", "html", "docx"))
    assert [path.name for path in made] == ["report.nb.docx", "report.nb.html"]
    assert struct.unpack("<I", made[0].read_bytes()[:4]) == (0x04034B50,)


def test_rows_that_may_not_stand_alone_stay_with_the_next() -> None:
    def kept(rows: int, **changes: str) -> list[int]:
        table = Table("Caption", ("a", "b"), tuple(TableRow((str(k), "x")) for k in range(rows)), **changes)
        made = table_element(table, fitted(table, A4_TEXT, 700), "Normal")
        return [place for place, row in enumerate(made.findall(f"{W}tr")) if row.find(f".//{W}keepNext") is not None]

    assert kept(30) == [0, 1, 29]
    assert kept(30, note="A note.") == [0, 1, 29, 30]
    assert kept(5) == [0, 1, 2, 3, 4]


def test_text_stays_with_the_table_or_figure_that_it_leads_to(
    documents: dict[str, Document], files: dict[str, WordFile]
) -> None:
    leads = [section.blocks[section.lead] for section in documents["en"].sections if section.lead is not None]
    assert len(leads) > 5
    kept = [p for p in files["en"].body.iter(f"{W}p") if p.find(f"{W}pPr/{W}keepNext") is not None]
    assert {lead.text for lead in leads if isinstance(lead, Paragraph)} <= {text(p) for p in kept}
