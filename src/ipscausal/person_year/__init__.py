"""Spells to one row per person and calendar year: runs sql/1_staging and sql/2_person_year.

Rows stay in the engine. What comes back is the selection of the population, counted step by step, and
the municipalities of the study.
"""

from ipscausal.person_year.building import (
    EVERYBODY,
    PERSON_YEAR,
    STAGING,
    AttritionRow,
    Places,
    Population,
    build,
    build_candidates,
    build_range,
    notices_of,
    places,
    select_range,
    united,
)
from ipscausal.person_year.calendar import calendar_tables, counted_day
from ipscausal.person_year.joining import Joining, joining
from ipscausal.person_year.parameters import parameters
from ipscausal.person_year.stored import from_json as population_from_json
from ipscausal.person_year.stored import to_json as population_to_json
from ipscausal.person_year.unit_listing import UnitListing, UnitRow, unit_listing
from ipscausal.person_year.units import StudyUnits, Unit

__all__ = [
    "EVERYBODY",
    "PERSON_YEAR",
    "STAGING",
    "AttritionRow",
    "Joining",
    "Places",
    "Population",
    "StudyUnits",
    "Unit",
    "UnitListing",
    "UnitRow",
    "build",
    "build_candidates",
    "build_range",
    "calendar_tables",
    "counted_day",
    "joining",
    "notices_of",
    "parameters",
    "places",
    "population_from_json",
    "population_to_json",
    "select_range",
    "unit_listing",
    "united",
]
