"""Read `study.toml` into a `Study`, reporting every mistake at once with its line.

tomllib knows no line numbers and pydantic's own words carry web links and Python type names, so
`lines` finds where a key stands, `wording` says what is wrong with it, and this door puts the
two together: file and line, key, fault, the line itself, the valid values, a "did you mean".
"""

from ipscausal.study_file.read import parse_study, read_study

__all__ = ["parse_study", "read_study"]
