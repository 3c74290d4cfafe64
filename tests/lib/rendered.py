"""The reports of results, made through a release as a run makes them."""

from __future__ import annotations

from pathlib import Path

from ipscausal.disclosure import release
from ipscausal.report import render
from ipscausal.results import Results

LANGUAGES = ("en", "nb")


def rendered(results: Results, folder: Path) -> dict[str, str]:
    release(results, folder / "release")
    render(folder / "release", folder / "report", LANGUAGES)
    return {
        language: (folder / "report" / f"report.{language}.html").read_text(encoding="utf-8") for language in LANGUAGES
    }
