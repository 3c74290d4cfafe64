"""Person-years to cells: runs sql/3_municipality_year and hands over frozen arrays, which hold no person."""

from ipscausal.municipality_year.building import (
    build,
    candidate_cells,
    write_municipality_year,
    write_municipality_year_pair,
    write_person_year,
)
from ipscausal.municipality_year.cells import OUTCOMES, UNITS, Cells
from ipscausal.municipality_year.design_columns import DesignColumn
from ipscausal.municipality_year.subgroup_cells import PairRows, SubgroupCells
from ipscausal.municipality_year.year_pairs import YearPairs

__all__ = [
    "OUTCOMES",
    "UNITS",
    "Cells",
    "DesignColumn",
    "PairRows",
    "SubgroupCells",
    "YearPairs",
    "build",
    "candidate_cells",
    "write_municipality_year",
    "write_municipality_year_pair",
    "write_person_year",
]
