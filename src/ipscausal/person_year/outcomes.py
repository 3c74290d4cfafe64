"""The outcomes of a study as a small engine table, which the models of their kinds read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipscausal.outcomes import KINDS
from ipscausal.study import Study

if TYPE_CHECKING:
    import pyarrow as pa


def study_outcomes(study: Study) -> pa.Table:
    """`study_outcome`(outcome, name, kind): position from 1 in `study.counted_outcomes`."""
    import pyarrow as pa

    names = study.counted_outcomes
    return pa.table(
        {
            "outcome": pa.array(range(1, len(names) + 1), pa.int32()),
            "name": pa.array(names, pa.string()),
            "kind": pa.array([KINDS[name].name for name in names], pa.string()),
        }
    )
