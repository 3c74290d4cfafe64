"""`sql/README.md`: every model with its grain, what it reads and what it means, from the headers of the files.

Run `python -m ipscausal.warehouse.lineage` in a checkout to write it anew; a test holds the two together.
"""

from __future__ import annotations

from ipscausal.warehouse.models import Model, load_models, sql_folder

FOLDERS = {
    "0_units": "Codes as delivered: their changes, where programmes start, and who lives where before they do.",
    "1_staging": "One model per extract: rename, cast, close open spells.",
    "2_person_year": "Spells to one row per person and calendar year.",
    "3_municipality_year": "Person-years to one row per municipality and year.",
    "checks": "Contract rules across rows or tables: one row of counts each, violations and denominator.",
}
INTRODUCTION = """# SQL models

One file, one SELECT, one grain. Values enter as bound `$name` parameters; nothing here is built from text. `extract_*`
are the delivered tables under our column names; tables that no file makes are registered from Python (calendars, the
municipalities of the study, the steps of the selection). Models run in the order below, each after those it reads.

Some models look alike and stay apart. Each extract has its own layout and its own rules about what one thing is, so
each staging model, profile and model of units writes out how a delivered row becomes half-open days: a table of these
days that they could share would be a copy of the delivery, and a scan more. `benefit_spell` and `education_spell` cut
two extracts to the days of a person in the same way and differ in their columns. A table that one model has made is
read again instead of its extract: `resident_municipality` comes from `code_person`.

This page is generated from the headers of the files: `python -m ipscausal.warehouse.lineage`.
"""


def lineage() -> str:
    """The page as Markdown."""
    parts = [INTRODUCTION]
    for folder, about in FOLDERS.items():
        parts.append(f"## {folder}\n\n{about}\n")
        parts += [_section(model) for model in load_models(folder)]
    return "\n".join(parts)


def _section(model: Model) -> str:
    params = ", ".join(f"`${name}`" for name in model.params) or "none"
    reads = ", ".join(f"`{name}`" for name in model.reads) or "none"
    meaning = f"\n{model.meaning}\n" if model.meaning else ""
    return f"### {model.name}\n\n- grain: {model.grain}\n- reads: {reads}\n- parameters: {params}\n{meaning}"


if __name__ == "__main__":
    (sql_folder() / "README.md").write_text(lineage(), encoding="utf-8", newline="\n")
