"""Rendering: a release folder in, report files out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ipscausal.errors import UsageError
from ipscausal.language import LANGUAGES, study_words
from ipscausal.report.content import document
from ipscausal.report.html import html
from ipscausal.report.released import read

FORMATS = ("html",)


def render(
    release: Path, folder: Path, languages: Sequence[str], formats: Sequence[str] = ("html",)
) -> tuple[Path, ...]:
    """Write report.<language>.html for each language into `folder` (created); returns the files.

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
        path = folder / f"report.{language}.html"
        path.write_text(html(document(study_words(language, released.study), released)), encoding="utf-8", newline="\n")
        written.append(path)
    return tuple(written)
