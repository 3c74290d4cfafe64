"""The report as PDF: its tags, its first page, its tables, and that nothing but the document decides its bytes."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from lib.example_results import example
from lib.tagged import Tag, tags
from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font
from pypdf import PageObject, PdfReader
from pypdf.generic import StreamObject

from ipscausal.disclosure import release
from ipscausal.errors import IpsError, UsageError
from ipscausal.language import LANGUAGES, study_words
from ipscausal.report.content import document
from ipscausal.report.document import (
    AnswerLine,
    Bullets,
    Definitions,
    Document,
    Figure,
    Headline,
    Paragraph,
    Section,
    Table,
    TableRow,
)
from ipscausal.report.pdf import pdf
from ipscausal.report.released import read

WIDTH, MARGIN = 595.28, 62.36
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40"><rect width="50" height="20"/></svg>'
MARKUP = '#panic("out") *bold* _slanted_ $y^2$ @ref <label> \\ // `raw` = heading'


def a_document(*blocks: Any, **changes: Any) -> Document:
    """A short report with these blocks in one section."""
    line = AnswerLine("estimate", "Estimate", ("+5.6 workdays a year",), ())
    plain = Document(
        language="en", made=dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC), producer="ipscausal 0.1.0",
        description="Did it work?", kicker="Kicker", title="Title", subtitle="Subtitle",
        headline=Headline("The question", "Did it work?", "The answer", (line,), "", (), ""),
        sections=(Section("one", "First part", blocks),), skip_label="Skip", contents_label="Contents",
        data_label="Data", scroll_label="scrolls", footer="Footer",
    )  # fmt: skip
    return replace(plain, **changes)


def a_table(rows: int, *columns: str, cell: str = "1 234.5") -> Table:
    return Table("Caption", columns, tuple(TableRow((f"row {k}", *[cell] * (len(columns) - 1))) for k in range(rows)))


def reading(made: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(made), strict=True)


def text_of(page: PageObject) -> str:
    """The text of a page in one line; a word cut at the end of a line is whole again."""
    return " ".join(page.extract_text().replace("\N{HYPHEN}\n", "").split())


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    folder = tmp_path_factory.mktemp("released") / "release"
    release(example(), folder)
    released = read(folder)
    return {language: document(study_words(language, released.study), released) for language in LANGUAGES}


@pytest.fixture(scope="module")
def readers(documents: dict[str, Document]) -> dict[str, PdfReader]:
    return {language: reading(pdf(made)) for language, made in documents.items()}


@pytest.fixture(scope="module")
def pages(readers: dict[str, PdfReader]) -> dict[str, list[str]]:
    return {language: [text_of(page) for page in reader.pages] for language, reader in readers.items()}


def tables_of(made: Document) -> list[Table]:
    """The tables in reading order; a figure brings its own."""
    found = []
    for block in (block for section in made.sections for block in section.blocks):
        if isinstance(block, Table | Figure):
            found.append(block if isinstance(block, Table) else block.table)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_accessible_and_archivable(language: str, readers: dict[str, PdfReader]) -> None:
    root = readers[language].root_object
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    described = ElementTree.fromstring(root["/Metadata"].get_data())  # noqa: S314 made by ourselves
    parts = {
        element.tag: element.text
        for element in described.iter()
        if re.search(r"(pdfa|pdfua)/ns/id/\}(part|conformance)$", element.tag)
    }
    assert parts == {
        "{http://www.aiim.org/pdfa/ns/id/}part": "2",
        "{http://www.aiim.org/pdfa/ns/id/}conformance": "A",
        "{http://www.aiim.org/pdfua/ns/id/}part": "1",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tree_of_tags_is_that_of_the_document(
    language: str, documents: dict[str, Document], readers: dict[str, PdfReader]
) -> None:
    made, tree = documents[language], tags(readers[language])
    tables, found = tables_of(made), tree.all("Table")
    assert len(found) == len(tables) > 5
    for table, tag in zip(tables, found, strict=True):
        heads = 2 if table.groups else 1
        groups = sum(row.tone == "group" for row in table.rows)
        assert len(tag.all("TR")) == heads + len(table.rows)
        assert len(tag.all("TH")) == len(table.columns) + len(table.groups) + groups
        assert len(tag.all("TD")) == len(table.columns) * (len(table.rows) - groups)
        assert all(cell.attributes["Scope"] == "/Column" for cell in tag.all("TH"))
    figures = [block for section in made.sections for block in section.blocks if isinstance(block, Figure)]
    assert [tag.alt for tag in tree.all("Figure")] == [figure.alt for figure in figures]
    captioned = [
        held.name for tag in tree.all("Div", "Table") if tag.children[0].name == "Caption" for held in held_by(tag)
    ]
    assert len(tree.all("Caption")) == len(tables) + len(figures)
    assert (captioned.count("Table"), captioned.count("Figure")) == (len(tables), len(figures))
    assert len(tree.all("H1")) == len(made.sections) + 2  # the question, the contents
    lists = [block for section in made.sections for block in section.blocks if isinstance(block, Bullets | Definitions)]
    assert [len(tag.all("LI")) for tag in tree.all("L")] == [len(one.items) for one in lists]


def held_by(captioned: Tag) -> list[Tag]:
    """What a caption belongs to: the table around it, or the one thing beside it."""
    return [captioned] if captioned.name == "Table" else captioned.all("Table", "Figure")


@pytest.mark.parametrize("language", LANGUAGES)
def test_bookmarks_are_the_headings(
    language: str, documents: dict[str, Document], readers: dict[str, PdfReader]
) -> None:
    outline = readers[language].outline
    assert [one["/Title"] for one in outline if not isinstance(one, list)] == [
        section.heading for section in documents[language].sections
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_one_stands_alone(language: str, documents: dict[str, Document], pages: dict[str, list[str]]) -> None:
    box, page = documents[language].headline, pages[language][0]
    sentences = [sentence for line in box.answer for sentence in (line.label, *line.sentences)]
    numbers = [text for figure in box.figures for text in (figure.label, figure.value, figure.unit, figure.interval)]
    for said in (documents[language].title, box.question, *sentences, *numbers, box.rule):
        assert " ".join(said.split()) in page


def test_a_long_answer_still_stands_on_page_one_in_smaller_type() -> None:
    def with_lines(count: int) -> Document:
        said = tuple(
            AnswerLine("rank", f"Line {k}", ("A sentence that fills most of a line. " * 3,), ()) for k in range(count)
        )
        plain = a_document()
        return replace(plain, headline=replace(plain.headline, answer=said))

    few, many, endless = (reading(pdf(with_lines(count))) for count in (3, 22, 70))
    assert "Line 21" in text_of(many.pages[0])
    assert smallest_type(many.pages[0]) < smallest_type(few.pages[0])
    assert "Line 69" in "".join(map(text_of, endless.pages[1:]))


def smallest_type(page: PageObject) -> float:
    """Size of the smallest serif type on the page."""
    return min(size for _, _, _, size, font in pieces(page) if "Libertinus" in font)


def test_typst_says_table_and_figure_in_the_language(pages: dict[str, list[str]]) -> None:
    words = {"en": ("Table 1", "Figure 1"), "nb": ("Tabell 1", "Figur 1"), "nn": ("Tabell 1", "Figur 1")}
    for language, texts in pages.items():
        assert all(word in " ".join(texts) for word in words[language])


def test_text_that_looks_like_markup_is_text() -> None:
    table = Table(MARKUP, (MARKUP, "n"), (TableRow((MARKUP, MARKUP)),), note=MARKUP, groups=((MARKUP, 2),))
    blocks = (
        Paragraph(MARKUP), Paragraph(MARKUP, "note"), Paragraph(MARKUP, "subheading"), Bullets((MARKUP,)),
        Definitions(((MARKUP, MARKUP),)), table,
        Figure(MARKUP, MARKUP, SVG, SVG, table, png=lambda: b""),
    )  # fmt: skip
    box = Headline(MARKUP, MARKUP, MARKUP, (AnswerLine("estimate", MARKUP, (MARKUP,), ()),), "", (), "")
    reader = reading(pdf(a_document(*blocks, title=MARKUP, kicker=MARKUP, footer=MARKUP, headline=box)))
    assert reader.metadata is not None
    assert reader.metadata.title == MARKUP
    whole = " ".join(text_of(page) for page in reader.pages)
    assert whole.count('#panic("out") *bold* _slanted_ $y^2$ @ref') >= 18
    assert tags(reader).all("Figure")[0].alt == MARKUP


def test_bytes_depend_on_nothing_but_the_document(
    documents: dict[str, Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pdf(documents["nb"])
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LANG", "tr_TR.UTF-8")
    monkeypatch.chdir(tmp_path)
    time.tzset()
    again = pdf(documents["nb"])
    monkeypatch.undo()
    time.tzset()
    assert again == first
    assert pdf(a_document(footer="one")) != pdf(a_document(footer="other"))


def test_metadata_tell_the_moment_of_the_numbers_and_name_nobody(documents: dict[str, Document]) -> None:
    made = replace(documents["en"], made=dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC))
    reader = reading(pdf(made))
    told = {str(name): str(value) for name, value in (reader.metadata or {}).items()}
    assert told.pop("/Creator").startswith("Typst ")
    assert told == {
        "/Title": made.title, "/Subject": made.description, "/CreationDate": "D:20260304050607Z",
        "/ModDate": "D:20260304050607Z",
    }  # fmt: skip
    everything = b" ".join(unpacked(reader)).lower()
    assert b"libertinus" in everything
    for path in (Path.home(), Path.cwd(), Path(get_data_path())):
        assert len(str(path)) < 3 or str(path).lower().encode() not in everything
    described = reader.root_object["/Metadata"].get_data().decode()
    assert os.uname().nodename not in described
    assert "creator>" not in described.replace("CreatorTool>", "")


def unpacked(reader: PdfReader) -> Iterator[bytes]:
    """Every object of the file, streams without their compression."""
    for number in range(1, int(reader.trailer["/Size"])):
        found = reader.get_object(number)
        yield repr(found).encode()
        if isinstance(found, StreamObject):
            yield found.get_data()


def test_a_release_that_tells_no_moment_has_the_same_date_always() -> None:
    told = reading(pdf(a_document(made=None))).metadata or {}
    assert told["/CreationDate"] == "D:19700101000000Z"


def test_a_long_table_goes_on_under_its_header() -> None:
    reader = reading(pdf(a_document(a_table(150, "Rule", "Persons in the study"))))
    with_rows = [text for page in reader.pages if re.search(r"row \d+", text := text_of(page))]
    assert len(with_rows) > 2
    assert all("Persons in the study" in text for text in with_rows)
    assert re.findall(r"row (\d+)", " ".join(with_rows)) == [str(k) for k in range(150)]
    assert len(tags(reader).all("Table")) == 1


def test_a_short_table_is_never_broken() -> None:
    for lines in range(14, 28, 2):
        filled = [Paragraph("A line.")] * lines
        reader = reading(pdf(a_document(*filled, a_table(12, "Rule", "Persons"))))
        (page,) = (text for page in reader.pages if "row 0" in (text := text_of(page)))
        assert "Caption" in page
        assert "row 11" in page


@pytest.mark.parametrize("columns", [3, 8, 12])
def test_a_wide_table_is_set_smaller_and_within_the_margins(columns: int) -> None:
    names = ("Kommune", *(f"Standardisert forskjell {k}" for k in range(1, columns)))
    made = a_document(a_table(5, *names, cell="\N{MINUS SIGN}1\N{NO-BREAK SPACE}234,5"), language="nb")
    reader = reading(pdf(made))
    cells = [piece for page in reader.pages for piece in pieces(page) if "1\N{NO-BREAK SPACE}234,5" in piece[0]]
    assert len(cells) == 5 * (columns - 1)
    assert {round(size, 1) for _, _, _, size, _ in cells} <= {8, 7.5, 7, 6.5, 6}
    beside = sorted((left, right) for _, left, right, _, _ in cells[: columns - 1])
    assert all(right + 6 < left for (_, right), (left, _) in pairwise(beside))


def test_nothing_is_set_outside_the_margins(readers: dict[str, PdfReader]) -> None:
    for page in readers["nb"].pages:
        for text, left, right, _, _ in pieces(page):
            assert MARGIN - 0.5 < left <= right < WIDTH - MARGIN + 0.5, text


def pieces(page: PageObject) -> list[tuple[str, float, float, float, str]]:
    """Text, left and right edge, size and font of everything that is set in the type of tables or of the text."""
    found: list[tuple[str, float, float, float, str]] = []

    def visit(text: str, outer: list[float], inner: list[float], font: Any, size: float) -> None:
        if text.strip() and font is not None:
            name = str(font["/BaseFont"])
            left = inner[4] * outer[0] + outer[4]
            own = size * abs(inner[3] * outer[3])
            width = printed_width(text.strip(), own, name) if "DejaVu" in name else 0.0
            found.append((text.strip(), left, left + width, own, name))

    page.extract_text(visitor_text=visit)
    return found


def printed_width(text: str, size: float, name: str) -> float:
    """Width of a text in a cut of DejaVu Sans, by its file."""
    font = cut("Bold" * ("Bold" in name) + "Oblique" * ("Oblique" in name))
    font.set_text(text, 0)
    return size * font.get_width_height()[0] / 64 / 1000


@cache
def cut(name: str) -> FT2Font:
    file = "-".join(filter(None, ("DejaVuSans", name)))
    font = FT2Font(str(Path(get_data_path()) / "fonts" / "ttf" / f"{file}.ttf"))
    font.set_size(1000, 72)
    return font


@pytest.mark.parametrize("language", LANGUAGES)
def test_type_is_that_of_typst_and_matplotlib(language: str, readers: dict[str, PdfReader]) -> None:
    used = {
        str(font.get_object()["/BaseFont"]).split("+")[1]
        for page in readers[language].pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert used
    assert all(name.startswith(("LibertinusSerif", "DejaVuSans")) for name in used), used


def test_typst_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(UsageError, match="needs the package typst") as caught:
        pdf(a_document())
    assert "leave pdf out of report.formats" in caught.value.remedy


def test_what_typst_refuses_is_told_with_what_to_do() -> None:
    with pytest.raises(IpsError, match="could not be set as PDF") as caught:
        pdf(a_document(Paragraph("a private sign: \ue000")))
    assert "e000" in caught.value.problems[0]
    assert "where a character is named, take it out" in caught.value.remedy


def test_no_row_of_a_table_stands_alone_on_a_page() -> None:
    def by_page(rows: int) -> list[int]:
        reader = reading(pdf(a_document(a_table(rows, "Rule", "Persons"))))
        return [found for page in reader.pages if (found := len(re.findall(r"row \d+", text_of(page))))]

    fitting = by_page(70)[0]
    assert by_page(fitting + 1) == [fitting - 1, 2]
    assert by_page(fitting + 2) == [fitting, 2]


def test_a_table_begins_with_several_rows_and_beside_what_leads_to_it() -> None:
    for lines in range(20, 32):
        opening = (*[Paragraph("A line.", "note")] * lines, Paragraph("It leads to the table."))
        reader = reading(pdf(a_document(*opening, a_table(40, "Rule", "Persons"))))
        (page,) = (text for page in reader.pages if "It leads" in (text := text_of(page)))
        assert "row 1" in page, lines


def test_a_row_is_whole_unless_it_is_very_long() -> None:
    for lines in range(16, 22):
        cell = "word " * 120 + "end"
        reader = reading(pdf(a_document(*[Paragraph("A line.")] * lines, a_table(8, "Rule", "Text", cell=cell))))
        for page in reader.pages:
            assert text_of(page).count("row ") == text_of(page).count("end")
    long = reading(pdf(a_document(a_table(2, "Rule", "Text", cell="word " * 3000))))
    assert all(text_of(page).count("word") < 2700 for page in long.pages)
