"""The report: made from release/ and nothing else, one self-contained HTML file per language."""

from ipscausal.report.render import FORMATS, render

__all__ = ["FORMATS", "render"]
