"""The page about the SQL models says what their headers say, and every folder of models stands on it."""

from __future__ import annotations

from ipscausal.warehouse import sql_folder
from ipscausal.warehouse.lineage import FOLDERS, lineage


def test_page_is_current() -> None:
    assert (sql_folder() / "README.md").read_text(encoding="utf-8") == lineage()


def test_every_folder_is_described() -> None:
    assert set(FOLDERS) == {path.name for path in sql_folder().iterdir() if path.is_dir()}
