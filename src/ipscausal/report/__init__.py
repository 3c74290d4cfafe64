"""The report: made from release/ and nothing else, one self-contained HTML file per language."""

from ipscausal.report.answer import answer
from ipscausal.report.document import AnswerLine
from ipscausal.report.released import Released, read
from ipscausal.report.render import FORMATS, render
from ipscausal.report.second_population import sentences as second_sentences

__all__ = ["FORMATS", "AnswerLine", "Released", "answer", "read", "render", "second_sentences"]
