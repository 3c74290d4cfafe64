"""`ipscausal report`: what is asked for takes the place of the report, and what is not built is refused."""

from __future__ import annotations

from pathlib import Path

from lib.command import done, ipscausal


def test_one_language_and_format_are_rendered_again(copy: Path) -> None:
    asked = ("report", "--out", copy, "--format", "pdf", "--language", "nb")
    result = done(*asked)
    made = copy / "report" / "report.nb.pdf"
    assert result.stdout.split() == [str(made)]
    assert [path.name for path in (copy / "report").iterdir()] == [made.name]
    first = made.read_bytes()
    assert first.startswith(b"%PDF-1.7")
    done(*asked)
    assert made.read_bytes() == first
    refused = ipscausal("report", "--out", copy, "--format", "epub", "--language", "sv")
    assert refused.returncode == 2
    assert "not available: language 'sv'" in refused.stderr
    assert "not available: format 'epub'" in refused.stderr
    assert made.read_bytes() == first
