"""Values of a study that staging and checks bind as `$name`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ipscausal.study import Extract, Study


def parameters(study: Study) -> dict[str, Any]:
    """first_year, last_year, first_day, last_day (included), benefit (or None), receipt, programme (or None), country,
    changes_day (of changes of codes without a date, or None) and for each spell table `<table>_end_offset`: days added
    to an end date to make it exclusive (1 or 0), and `<table>_layout`.
    """
    tables = {
        "residence": study.extracts.residence,
        "employment": study.extracts.employment,
        "benefits": study.extracts.benefits,
        "rollout": study.extracts.rollout,
        "education": study.extracts.education,
    }
    return {
        "first_year": study.first_year,
        "last_year": study.last_year,
        "first_day": dt.date(study.first_year, 1, 1),
        "last_day": dt.date(study.last_year, 12, 31),
        "benefit": study.population.benefit,
        "receipt": study.population.receipt,
        "programme": study.design.programme,
        "country": study.outcome.country,
        "changes_day": changes_day(study),
        **{f"{name}_end_offset": _end_offset(extract) for name, extract in tables.items()},
        **{f"{name}_layout": "spells" if extract is None else extract.layout for name, extract in tables.items()},
    }


def changes_day(study: Study) -> dt.date | None:
    """The day of all changes of codes that have none of their own, as in a correspondence table."""
    changes = study.extracts.municipality_changes
    return None if changes is None else changes.date


def _end_offset(extract: Extract | None) -> int:
    return 1 if extract is not None and extract.end_date == "inclusive" else 0
