"""The declared tables: those delivered (`TABLES`, declared beside their reader) and those staging makes."""

from __future__ import annotations

from collections.abc import Mapping

from ipscausal.extracts import TABLES

# engine types by column; a person is BIGINT or VARCHAR as delivered
_PERSON = "PERSON"
_SPELL = {"start_date": "DATE", "end_date": "DATE", "source": "VARCHAR", "extract_date": "DATE"}
STAGED: Mapping[str, Mapping[str, str]] = {
    "stg_person": {
        "person_id": _PERSON,
        "birth_date": "DATE",
        "sex": "VARCHAR",
        "woman": "INTEGER",
        "death_date": "DATE",
    },
    "stg_residence": {"person_id": _PERSON, "municipality": "VARCHAR", **_SPELL},
    "stg_benefit_spell": {"person_id": _PERSON, "benefit": "VARCHAR", **_SPELL},
    "stg_benefit": {"person_id": _PERSON, **_SPELL},
    "stg_education": {"person_id": _PERSON, "start_date": "DATE", "end_date": "DATE"},
    "stg_price_index": {"year": "INTEGER", "price": "DOUBLE"},
    "stg_employment": {
        "person_id": _PERSON,
        "employer_id": "VARCHAR",
        "job_id": "VARCHAR",
        **_SPELL,
        "position_pct": "DECIMAL(9,2)",
        "job_kind": "VARCHAR",
        "hours": "DECIMAL(18,2)",
        "earnings": "DECIMAL(18,2)",
    },
    "stg_rollout": {"municipality": "VARCHAR", "start_date": "DATE", "end_date": "DATE", "programme": "VARCHAR"},
    "stg_programme_period": {
        "municipality": "VARCHAR",
        "start_date": "DATE",
        "end_date": "DATE",
        "fidelity": "DECIMAL(18,4)",
        "participants": "DECIMAL(18,4)",
    },
    "stg_municipality": {"municipality": "VARCHAR", "year": "INTEGER", "type": "VARCHAR"},
    "stg_municipality_value": {
        "municipality": "VARCHAR",
        "year": "INTEGER",
        "position": "INTEGER",
        "value": "DOUBLE",
    },
    "stg_neighbour": {"municipality": "VARCHAR", "neighbour": "VARCHAR"},
}

__all__ = ["STAGED", "TABLES"]
