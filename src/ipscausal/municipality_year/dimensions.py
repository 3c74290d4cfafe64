"""The dimensions of a study as small engine tables: where each comes from, and which ages make a band."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from ipscausal.extracts.columns import study_covariates
from ipscausal.study import BUILT_IN_DIMENSIONS, Study
from ipscausal.warehouse import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

_PERSON = "person"
_NEVER, _EVER = -1000, 1000  # ages no person has


def age_bands(study: Study) -> tuple[tuple[int, int, str], ...]:
    """Youngest age, oldest age and level of each band, every age in exactly one.

    Levels: "18-24"; "<18" for ages below the first band; "25+" for the last, closed where the study has an oldest age.
    """
    starts = study.heterogeneity.age_bands
    bands = [(_NEVER, starts[0] - 1, f"<{starts[0]}")]
    bands += [(low, following - 1, f"{low}-{following - 1}") for low, following in pairwise(starts)]
    oldest = None if study.population.ages == "any" else study.population.ages[1]
    last = starts[-1]
    if oldest is None or oldest < last:
        return (*bands, (last, _EVER, f"{last}+"))
    return (*bands, (last, oldest, f"{last}-{oldest}"), (oldest + 1, _EVER, f"{oldest + 1}+"))


def register_dimensions(warehouse: Warehouse, study: Study) -> None:
    """Engine tables `study_dimension`(position, source) and `age_band`, and the view `delivered_dimension`.

    position: place in the study's list from 1; source: the built-in dimension, or `person` for a column of persons.
    """
    warehouse.register_table("study_dimension", _sources(study))
    warehouse.register_table("age_band", _bands(study))
    numbers = {name: number for number, name in enumerate(study_covariates(study), start=1)}
    columns = {
        place: ("extract_persons", f"covariate_{numbers[name]}")
        for place, name in enumerate(study.heterogeneity.by, start=1)
        if name not in BUILT_IN_DIMENSIONS
    }
    warehouse.stack("stg_person", columns, "delivered_dimension")


def _sources(study: Study) -> pa.Table:
    import pyarrow as pa

    sources = [name if name in BUILT_IN_DIMENSIONS else _PERSON for name in study.heterogeneity.by]
    return pa.table(
        {"position": pa.array(range(1, len(sources) + 1), pa.int32()), "source": pa.array(sources, pa.string())}
    )


def _bands(study: Study) -> pa.Table:
    import pyarrow as pa

    youngest, oldest, levels = zip(*age_bands(study), strict=True)
    return pa.table(
        {
            "youngest": pa.array(youngest, pa.int32()),
            "oldest": pa.array(oldest, pa.int32()),
            "level": pa.array(levels, pa.string()),
        }
    )
