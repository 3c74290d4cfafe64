"""The report: made from release/ and nothing else, as HTML, PDF and Word, a file a language."""

from ipscausal.report.answer import answer
from ipscausal.report.deviations import deviations_in_short
from ipscausal.report.document import AnswerLine
from ipscausal.report.released import Released, read
from ipscausal.report.render import FORMATS, render, require_formats
from ipscausal.report.second_population import sentences as second_sentences

__all__ = [
    "FORMATS", "AnswerLine", "Released", "answer", "deviations_in_short", "read", "render", "require_formats",
    "second_sentences",
]  # fmt: skip
