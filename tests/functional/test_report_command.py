"""`ipscausal report`: what is asked for takes the place of the report, and what is not built is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx
from lib.command import done, ipscausal


def test_one_language_and_format_are_rendered_again(copy: Path) -> None:
    asked = ("report", "--out", copy, "--format", "pdf", "--language", "nb")
    result = done(*asked)
    made = copy / "report" / "report.nb.pdf"
    assert result.stdout.split() == [str(made)]
    assert [path.name for path in (copy / "report").iterdir()] == [made.name]
    assert (
        "warning: no longer in report/: report.en.html; a report replaces the earlier one whole, so name "
        "every language and format that is to be there"
    ) in result.stderr
    first = made.read_bytes()
    assert first.startswith(b"%PDF-1.7")
    assert "no longer" not in done(*asked).stderr
    assert made.read_bytes() == first
    refused = ipscausal("report", "--out", copy, "--format", "epub", "--language", "sv")
    assert refused.returncode == 2
    assert "not available: language 'sv'" in refused.stderr
    assert "not available: format 'epub'" in refused.stderr
    assert made.read_bytes() == first


def test_a_report_in_the_template_of_an_agency(copy: Path, tmp_path: Path) -> None:
    house = tmp_path / "house.docx"
    made = docx.Document()
    made.sections[0].header.paragraphs[0].text = "Agency of Examples"
    made.save(str(house))
    done("report", "--out", copy, "--format", "docx", "--template", house, "--language", "nn")
    assert [path.name for path in (copy / "report").iterdir()] == ["report.nn.docx"]
    written = docx.Document(str(copy / "report" / "report.nn.docx"))
    assert [paragraph.text for paragraph in written.sections[0].header.paragraphs] == ["Agency of Examples"]
    made.styles["Title"].delete()
    made.save(str(house))
    refused = ipscausal("report", "--out", copy, "--format", "docx", "--template", house)
    assert refused.returncode == 2
    assert "--template house.docx cannot be used" in refused.stderr
    assert "style missing: Title" in refused.stderr
    assert [path.name for path in (copy / "report").iterdir()] == ["report.nn.docx"]


def test_a_template_that_nothing_uses_is_told_before_anything_is_read(registry: Any, tmp_path: Path) -> None:
    (tmp_path / "house.docx").write_bytes(b"")
    refused = ipscausal(
        "run", *registry.arguments, "--out", tmp_path / "out", "--template", tmp_path / "house.docx"
    )  # fmt: skip
    assert refused.returncode == 2
    assert "--template house.docx: no report in Word is asked for" in refused.stderr
    assert "extracts" not in refused.stderr
    assert not (tmp_path / "out").exists()
