"""Word renderer: native headings, lists, tables and pictures, in the house look or an agency's own template.

Needs the extra `word` (python-docx), which only this package imports.
"""

from ipscausal.report.word.template import require_template
from ipscausal.report.word.write import word

__all__ = ["require_template", "word"]
