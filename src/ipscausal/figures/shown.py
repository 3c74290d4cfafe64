"""A figure that a notebook shows as the value of a cell, whatever backend it has."""

from __future__ import annotations

import io

from matplotlib.figure import Figure

SCREEN = 110
"""Dots per inch on a screen."""


class ShownFigure(Figure):
    """A figure of no global registry, which is what notebooks look for, that draws itself when it is shown."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=SCREEN)
        return buffer.getvalue()
