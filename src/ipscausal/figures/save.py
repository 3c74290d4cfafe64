"""Figures as bytes that are the same on every run: no date, no software name, seeded ids."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 200


class Described(Protocol):
    """Anything with a title and a text alternative."""

    @property
    def title(self) -> str: ...  # noqa: D102

    @property
    def alt(self) -> str: ...  # noqa: D102


def png(figure: Figure, labels: Described) -> bytes:
    """PNG at 200 dots per inch; title and text alternative in its metadata."""
    buffer = io.BytesIO()
    metadata = {"Software": None, "Title": labels.title, "Description": labels.alt}
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, metadata=metadata)
    return buffer.getvalue()


def svg(figure: Figure, labels: Described) -> str:
    """SVG with text as paths; title and text alternative in its metadata."""
    import matplotlib as mpl

    buffer = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Title": labels.title, "Description": labels.alt}
    with mpl.rc_context({"svg.hashsalt": labels.title, "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata=metadata)
    return buffer.getvalue()
