"""Rendering: a release folder in, report files out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ipscausal.errors import UsageError
from ipscausal.language import LANGUAGES, study_words
from ipscausal.report.content import document
from ipscausal.report.document import Document
from ipscausal.report.html import html
from ipscausal.report.pdf import pdf
from ipscausal.report.released import read

RENDERERS: Mapping[str, Callable[[Document], bytes]] = {"html": html, "pdf": pdf}
"""What makes the bytes of a file, by its format, which is also the ending of its name."""
FORMATS = tuple(RENDERERS)


def render(
    release: Path, folder: Path, languages: Sequence[str], formats: Sequence[str] = ("html",)
) -> tuple[Path, ...]:
    """Write report.<language>.<format> for each language and format into `folder` (created); returns the files.

    Reads only `release`. Raises UsageError for a folder that is no release, a language without a
    catalogue or a format that is not built.
    """
    unknown = [f"language {name!r}" for name in languages if name not in LANGUAGES]
    unknown += [f"format {name!r}" for name in formats if name not in FORMATS]
    if unknown:
        raise UsageError(
            "the report cannot be written as asked", problems=tuple(f"not available: {item}" for item in unknown),
            remedy=f"languages: {', '.join(LANGUAGES)}; formats: {', '.join(FORMATS)}",
        )  # fmt: skip
    released = read(release)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for language in dict.fromkeys(languages):
        worded = document(study_words(language, released.study), released)
        for name in dict.fromkeys(formats):
            path = folder / f"report.{language}.{name}"
            path.write_bytes(RENDERERS[name](worded))
            written.append(path)
    return tuple(written)
