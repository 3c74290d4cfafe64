"""A release as a reader finds it, and its figures without their pixels."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ipscausal import figures


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    """Rows of a released table."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@contextmanager
def undrawn() -> Iterator[None]:
    """Titles in place of drawings, which are tested with the figures and cost most of a report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "png", lambda figure, labels: labels.alt.encode())
        patch.setattr(figures, "svg", lambda figure, labels: f"<svg>{labels.title}</svg>")
        yield


@pytest.fixture
def quick_png(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The pixels are tested with the figures; here only what decides them, except where bytes are compared."""
    if "byte" not in request.node.name:
        monkeypatch.setattr(figures, "png", lambda figure, labels: labels.alt.encode())


@pytest.fixture
def quick_svg(monkeypatch: pytest.MonkeyPatch) -> None:
    """Titles in place of a report's drawings, whose rows are those of the release and its pixels."""
    monkeypatch.setattr(figures, "svg", lambda figure, labels: f"<svg>{labels.title}</svg>")
