"""Person-years to cells: runs sql/3_municipality_year and hands over frozen arrays, which hold no person."""

from ipscausal.municipality_year.assembling import cells_of
from ipscausal.municipality_year.building import build, candidate_cells, write_municipality_year
from ipscausal.municipality_year.cells import Cells
from ipscausal.municipality_year.counting import count, write_person_year
from ipscausal.municipality_year.design_columns import DesignColumn, counted_columns
from ipscausal.municipality_year.in_ranges import count_in_ranges, forget, write_person_years
from ipscausal.municipality_year.subgroup_cells import PairRows, SubgroupCells
from ipscausal.municipality_year.tables import CellTables, add, load, write
from ipscausal.municipality_year.year_pairs import YearPairs

__all__ = [
    "CellTables",
    "Cells",
    "DesignColumn",
    "PairRows",
    "SubgroupCells",
    "YearPairs",
    "add",
    "build",
    "candidate_cells",
    "cells_of",
    "count",
    "count_in_ranges",
    "counted_columns",
    "forget",
    "load",
    "write",
    "write_municipality_year",
    "write_person_year",
    "write_person_years",
]
