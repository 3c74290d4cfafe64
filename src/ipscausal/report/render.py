"""Rendering: a release folder in, report files out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ipscausal.errors import UsageError
from ipscausal.language import LANGUAGES, study_words
from ipscausal.report.content import document
from ipscausal.report.document import Document
from ipscausal.report.html import html
from ipscausal.report.pdf import pdf
from ipscausal.report.released import read

Renderer = Callable[[Document], bytes]
"""What makes the bytes of a file."""
FORMATS = ("html", "pdf", "docx")
"""Each is also the ending of the name of its file."""


def render(
    release: Path,
    folder: Path,
    languages: Sequence[str],
    formats: Sequence[str] = ("html",),
    template: Path | None = None,
) -> tuple[Path, ...]:
    """Write report.<language>.<format> for each language and format into `folder` (created); returns the files.

    Reads only `release`, and `template`, an agency's own for Word. Raises UsageError for a folder that is no
    release, a language without a catalogue, and whatever `require_formats` refuses.
    """
    unknown = [f"language {name!r}" for name in languages if name not in LANGUAGES]
    unknown += [f"format {name!r}" for name in formats if name not in FORMATS]
    if unknown:
        raise UsageError(
            "the report cannot be written as asked", problems=tuple(f"not available: {item}" for item in unknown),
            remedy=f"languages: {', '.join(LANGUAGES)}; formats: {', '.join(FORMATS)}",
        )  # fmt: skip
    made_by = _renderers(formats, template)
    released = read(release)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for language in dict.fromkeys(languages):
        worded = document(study_words(language, released.study), released)
        for name, renderer in made_by.items():
            path = folder / f"report.{language}.{name}"
            path.write_bytes(renderer(worded))
            written.append(path)
    return tuple(written)


def require_formats(formats: Sequence[str], template: Path | None = None) -> None:
    """What would stop a run at its end, told before it begins.

    Raises UsageError where a package is missing, or a template is given that cannot be used or that no format uses.
    """
    _renderers(formats, template)


def _renderers(formats: Sequence[str], template: Path | None) -> Mapping[str, Renderer]:
    known: dict[str, Renderer] = {"html": html, "pdf": pdf}
    if "docx" in formats:
        known["docx"] = _word(template)
    elif template is not None:
        raise UsageError(
            f"--template {template.name}: no report in Word is asked for",
            remedy='add `--format docx`, or "docx" to report.formats in the study file',
        )
    return {name: known[name] for name in dict.fromkeys(formats)}


def _word(template: Path | None) -> Renderer:
    try:
        from ipscausal.report.word import require_template, word
    except ModuleNotFoundError as missing:
        if missing.name not in {"docx", "lxml"}:
            raise
        raise UsageError(
            "a report in Word needs python-docx, which is not installed",
            remedy='pip install "ipscausal[word]", or leave docx out of the formats',
        ) from None
    if template is not None:
        require_template(template)
    return functools.partial(word, template=template)
