"""An agency's own template for Word: its look stays, its text and whatever names or fetches something does not."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.shared import Pt
from lib.example_results import example
from lib.word_file import W, WordFile, remade, text, undrawn_document

from ipscausal.disclosure import release
from ipscausal.errors import UsageError
from ipscausal.report import render
from ipscausal.report.document import Document
from ipscausal.report.word import require_template, word

DOTX = ("wordprocessingml.document.main+xml", "wordprocessingml.template.main+xml")
PICTURE = (
    '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" '
    'Target="file:///P:/kari/house.dotx" TargetMode="External"/></Relationships>'
)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return undrawn_document(example(), tmp_path_factory.mktemp("word") / "release", "nb")


@pytest.fixture(scope="module")
def agency() -> bytes:
    """A template as an agency makes it: a look, a letterhead, and instructions in its text."""
    made = docx.Document()
    made.styles["Heading 1"].font.name = "Garamond"
    made.styles["Heading 1"].font.size = Pt(31)
    made.styles.add_style("Note", WD_STYLE_TYPE.PARAGRAPH).font.size = Pt(6)
    made.sections[0].header.paragraphs[0].text = "Agency of Examples"
    made.sections[0].left_margin = Pt(100)
    made.add_paragraph("Write your report here.")
    made.core_properties.author = "Kari Example"
    made.core_properties.last_modified_by = "Kari Example"
    return saved(made)


def saved(made: docx.document.Document) -> bytes:
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def stored(folder: Path, content: bytes, name: str = "house.dotx") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def refusal(path: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        require_template(path)
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize("name", ["house.docx", "house.dotx"])
def test_its_look_and_letterhead_stay_and_its_text_goes(
    one: Document, agency: bytes, tmp_path: Path, name: str
) -> None:
    content = remade(agency, *DOTX) if name.endswith("dotx") else agency
    made = word(one, stored(tmp_path, content, name))
    assert made == word(one, tmp_path / name)
    file = WordFile(made)
    styles = file.part("word/styles.xml")
    look = next(style for style in styles.iter(f"{W}style") if style.attrib[f"{W}styleId"] == "Heading1")
    assert look.find(f"{W}rPr/{W}sz").attrib[f"{W}val"] == "62"  # type: ignore[union-attr]
    assert "Garamond" in look.find(f"{W}rPr/{W}rFonts").attrib.values()  # type: ignore[union-attr]
    notes = next(style for style in styles.iter(f"{W}style") if style.attrib[f"{W}styleId"] == "Note")
    assert notes.find(f"{W}rPr/{W}sz").attrib[f"{W}val"] == "12"  # type: ignore[union-attr]
    headers = [text(file.part(part)) for part in file.parts if part.startswith("word/header")]
    assert headers == ["Agency of Examples"]
    assert file.body.find(f"{W}sectPr/{W}pgMar").attrib[f"{W}left"] == "2000"  # type: ignore[union-attr]
    assert file.of_style("Title") == [one.title]
    whole = b"".join(file.parts.values())
    assert b"Write your report here." not in whole
    assert b"Kari" not in whole
    assert b"template.main+xml" not in whole


def test_missing_styles_are_named_all_at_once(tmp_path: Path) -> None:
    made = docx.Document()
    for name in ("Subtitle", "List Bullet"):
        made.styles[name].delete()
    told = refusal(stored(tmp_path, saved(made)))
    assert told.message == "--template house.dotx cannot be used"
    assert told.problems == ("style missing: Subtitle", "style missing: List Bullet")
    assert "use each missing style once (names as in English)" in told.remedy


def test_a_template_that_names_who_wrote_in_it_is_refused(agency: bytes, tmp_path: Path) -> None:
    written = remade(agency, "<w:p>", '<w:p><w:ins w:id="7" w:author="Kari Example" w:date="2026-01-01T00:00:00Z"/>')
    told = refusal(stored(tmp_path, written))
    assert told.problems == ("tracked changes or comments, which name who made them",)
    assert "Kari" not in str(told)


def test_a_template_that_fetches_something_is_refused(agency: bytes, tmp_path: Path) -> None:
    told = refusal(stored(tmp_path, remade(agency, "</Relationships>", PICTURE % "image")))
    assert set(told.problems) == {"something fetched from elsewhere: image"}
    assert "kari" not in str(told)


def test_the_path_of_the_template_behind_a_template_does_not_leave(
    one: Document, agency: bytes, tmp_path: Path
) -> None:
    settings = remade(
        agency, "<w:zoom ", '<w:attachedTemplate r:id="rId99"/><w:zoom ',
        {"word/_rels/settings.xml.rels": RELATIONS + PICTURE % "attachedTemplate"},
    )  # fmt: skip
    assert b"kari" in b"".join(WordFile(settings).parts.values())
    file = WordFile(word(one, stored(tmp_path, settings)))
    assert b"kari" not in b"".join(file.parts.values())
    assert b"attachedTemplate" not in file.parts["word/settings.xml"]


RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'


@pytest.mark.parametrize("kind", ["no archive", "macros", "no document", "cut off"])
def test_what_is_no_word_file_is_refused(agency: bytes, tmp_path: Path, kind: str) -> None:
    content = {
        "no archive": b"dear reader",
        "macros": remade(agency, DOTX[0], "vnd.ms-word.document.macroEnabled.main+xml"),
        "no document": remade(agency, 'PartName="/word/document.xml"', 'PartName="/word/other.xml"'),
        "cut off": agency[: len(agency) // 2],
    }[kind]
    told = refusal(stored(tmp_path, content))
    assert told.message == "--template house.dotx cannot be read as a Word file"
    assert told.remedy == "give a .docx or .dotx without macros"


def test_a_template_that_unfolds_without_end_is_refused(agency: bytes, tmp_path: Path) -> None:
    import zipfile

    path = stored(tmp_path, agency)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/large.bin", bytes(51_000_000))
    assert path.stat().st_size < 1_000_000
    assert "cannot be read" in refusal(path).message


def test_a_template_for_no_report_in_word_is_a_mistake(agency: bytes, tmp_path: Path) -> None:
    release(example(), tmp_path / "release")
    with pytest.raises(UsageError, match=r"--template house\.dotx: no report in Word is asked for") as caught:
        render(tmp_path / "release", tmp_path / "report", ("en",), ("html",), stored(tmp_path, agency))
    assert "--format docx" in caught.value.remedy
    assert not (tmp_path / "report").exists()
