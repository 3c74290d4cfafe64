"""The look: styles of our own that any template receives, and those of Word in the house look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docx.document import Document as WordFile
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from ipscausal.report.word.elements import element, field, paragraph, run

TAGS = {"en": "en-GB", "nb": "nb-NO", "nn": "nn-NO"}
"""The language of a document as Word writes it."""
FONT = "Arial"
"""On every desk, or a font of the same widths."""
_ACCENT, _INK, _GROUND = "123F5C", "1D2228", "F2F5F7"
_BEFORE_BORDERS = {
    qn(f"w:{name}")
    for name in ("pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr")
}
"""What the order of WordprocessingML puts before the borders of a paragraph."""


@dataclass(frozen=True, slots=True)
class Look:
    """base: style that it varies; size, before and after in points; box: whether it stands in the box of page one."""

    base: str = "Normal"
    size: float | None = None
    bold: bool | None = None
    before: float = 0
    after: float = 0
    box: bool = False
    follows: bool = False


OWN = {
    "Contents Heading": Look(bold=True, before=14, after=4, follows=True),
    "Contents": Look(after=1),
    "Term": Look(bold=True, before=6, follows=True),
    "Note": Look(size=8.5, before=3, after=10),
    "Table Text": Look(size=9, before=1.5, after=1.5),
    "Key Heading": Look("Heading 2", before=8, after=2, box=True, follows=True),
    "Key Question": Look(size=13, before=10, after=4, box=True),
    "Key Term": Look(size=9.5, bold=True, before=5, box=True, follows=True),
    "Key Text": Look(size=10, after=2, box=True),
    "Key Figure": Look(size=18, bold=True, box=True, follows=True),
    "Key Note": Look(size=8.5, after=4, box=True),
}
"""Added to a template that has no style of that name; one that has keeps its own."""
_HOUSE: dict[str, tuple[float, str, float, float]] = {
    "Normal": (10, _INK, 0, 6), "Title": (22, _ACCENT, 0, 4), "Subtitle": (10, "4B5560", 0, 8),
    "Heading 1": (15, _ACCENT, 20, 5), "Heading 2": (11, _INK, 12, 4), "List Bullet": (10, _INK, 0, 3),
    "Caption": (9.5, _INK, 10, 4), "Footer": (9, "4B5560", 0, 0),
}  # fmt: skip


def in_house_look(file: WordFile) -> None:
    """Word's own styles as the other formats look, and the number of the page in the footer."""
    for name, (size, colour, before, after) in _HOUSE.items():
        style: Any = file.styles[name]
        _plain(style.element)
        style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), RGBColor.from_string(colour)
        style.font.bold = name in {"Title", "Heading 1", "Heading 2", "Caption"}
        style.font.italic = False
        layout = style.paragraph_format
        layout.space_before, layout.space_after, layout.line_spacing = Pt(before), Pt(after), 1.12
        layout.keep_with_next = name.startswith("Heading") or name == "Caption"
    section: Any = file.sections[0]
    foot = section.footer.paragraphs[0]._p
    right = element("jc", val="right")
    number = paragraph(file.styles["Footer"].style_id, *field("PAGE", run("1")), properties=(right,))
    foot.getparent().replace(foot, number)


def with_own_styles(file: WordFile) -> None:
    """The styles of `OWN`, where the document has none of the name."""
    present = {style.name for style in file.styles}
    for name, look in OWN.items():
        if name not in present:
            _add(file, name, look)


def in_language(file: WordFile, language: str) -> None:
    """One language for the whole document: the default says it, and no style says otherwise."""
    tag, styles = TAGS[language], file.styles.element
    for found in list(styles.iter(qn("w:lang"))):
        found.getparent().remove(found)
    defaults = styles.find(qn("w:docDefaults"))
    if defaults is None:
        defaults = element("docDefaults")
        styles.insert(0, defaults)
    holder = defaults
    for place, name in enumerate(("rPrDefault", "rPr")):
        found = holder.find(qn(f"w:{name}"))
        if found is None:
            found = element(name)
            holder.insert(0 if place == 0 else len(holder), found)
        holder = found
    holder.append(element("lang", val=tag, eastAsia=tag, bidi=tag))
    for themed in file.settings.element.iter(qn("w:themeFontLang")):
        themed.attrib.clear()
        themed.set(qn("w:val"), tag)


def _add(file: WordFile, name: str, look: Look) -> None:
    style: Any = file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = file.styles[look.base]
    style.quick_style = True
    style.font.size = None if look.size is None else Pt(look.size)
    style.font.bold = look.bold
    layout = style.paragraph_format
    layout.space_before, layout.space_after = Pt(look.before), Pt(look.after)
    layout.keep_with_next = look.follows or None
    if look.box:
        _boxed(style.element.get_or_add_pPr())


def _boxed(properties: Any) -> None:
    """A light ground and a bar at the left, which run together over paragraphs that follow each other."""
    edge = element("right", val="single", sz=4, space=6, color=_GROUND)
    bar = element("pBdr", element("left", val="single", sz=36, space=8, color=_ACCENT), edge)
    ground = element("shd", val="clear", color="auto", fill=_GROUND)
    place = sum(child.tag in _BEFORE_BORDERS for child in properties)
    properties.insert(place, bar)
    properties.insert(place + 1, ground)


def _plain(style: Any) -> None:
    """Without the fonts, colours and lines of the theme that it came with."""
    for tag in ("w:rFonts", "w:color", "w:spacing", "w:pBdr", "w:kern", "w:caps"):
        for found in list(style.iter(qn(tag))):
            found.getparent().remove(found)
