"""A study titled in one language is reported in every language it asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lib.example_results import example
from lib.rendered import rendered


@pytest.mark.parametrize("title", [{"en": "Work here"}, {"nb": "Arbeid her"}])
def test_a_missing_title_is_taken_from_the_other_language(tmp_path: Path, title: dict[str, str]) -> None:
    results = example()
    about = {**results.study["study"], "title": title}
    pages = rendered(replace(results, study={**results.study, "study": about}), tmp_path)
    assert all(next(iter(title.values())) in page for page in pages.values())
