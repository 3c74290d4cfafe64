"""The reports of results, made through a release as a run makes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lib.released import undrawn

from ipscausal.disclosure import release
from ipscausal.report import render
from ipscausal.results import Results

LANGUAGES = ("en", "nb")
"""Those that every test of the report reads; a page takes seconds, and nynorsk has tests of its own."""


def rendered(results: Results, folder: Path, languages: Sequence[str] = LANGUAGES) -> dict[str, str]:
    """With a title in place of each drawing: for what a page says."""
    with undrawn():
        return drawn(results, folder, languages)


def drawn(results: Results, folder: Path, languages: Sequence[str] = LANGUAGES) -> dict[str, str]:
    """As a reader gets them: for what a page is."""
    release(results, folder / "release")
    render(folder / "release", folder / "report", languages)
    return {
        language: (folder / "report" / f"report.{language}.html").read_text(encoding="utf-8") for language in languages
    }
