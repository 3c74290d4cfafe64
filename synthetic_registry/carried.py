"""What jobs carry beside their days, education, and prices: made from what is known already, without drawing anything.

So every other column, and the truth, is the same with them and without. The numbers are made up: nine in ten jobs are
ordinary, a full position is 37.5 hours a week, and pay depends on the employer.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthetic_registry.days import NEVER, Days, day, year_starts
from synthetic_registry.population import People
from synthetic_registry.scenario import Scenario
from synthetic_registry.spells import Spells

JOB_KINDS = ("ordinary", "wage subsidy", "sheltered")
FULL_TIME_HOURS = 37.5
_KIND_OF_HUNDRED = np.repeat([0, 1, 2], [90, 6, 4])  # by the employer's last two digits
_LOWEST_PAY, _STEPS = 1_000, 9  # a full working day, in steps of a hundred by employer
_PRICE_GROWTH = 1.024
_STARTS_STUDIES, _EVERY = 19, 3  # two in three go on at the age of 19, for one to four years
_TEXT, _NUMBER = pa.string(), pa.float64()


def job_columns(seen: Spells, horizon: int) -> dict[str, pa.Array]:
    """job_kind, hours (agreed a week; none at position 0) and earnings of the days up to the horizon, by job."""
    kind = pa.array(_KIND_OF_HUNDRED[seen.employer % 100], pa.int32())
    share = seen.position / 10_000.0
    days = np.minimum(seen.end, horizon) - seen.start
    pay = _LOWEST_PAY + 100 * (seen.employer % _STEPS)
    return {
        "job_kind": pa.DictionaryArray.from_arrays(kind, pa.array(JOB_KINDS, _TEXT)).cast(_TEXT),
        "hours": pa.array(np.round(FULL_TIME_HOURS * share, 2), _NUMBER, mask=seen.position == 0),
        "earnings": pa.array(np.round(days * 5 / 7 * pay * share, 2), _NUMBER),
    }


def education_table(scenario: Scenario, people: People) -> pa.Table:
    """education: person_id, start_date, end_date (inclusive; null: ongoing at the end of the data)."""
    horizon = int(year_starts(scenario.first_year, scenario.last_year)[-1])
    ids: Days = people.first_id + np.arange(len(people.birth))
    begins = people.birth.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970 + _STARTS_STUDIES
    years = 1 + ids % 4
    start = np.array([day(int(year), 8, 15) for year in begins], dtype=np.int64)
    end = np.minimum([day(int(year), 6, 20) for year in begins + years], people.death)
    kept = (ids % _EVERY > 0) & (start < horizon) & (start < end) & (people.death > 0) & (start < NEVER)
    ongoing = end[kept] >= horizon
    return pa.table(
        {
            "person_id": pa.array(ids[kept], pa.int64()),
            "start_date": pa.array(start[kept].astype(np.int32), pa.int32()).cast(pa.date32()),
            "end_date": pa.array(end[kept].astype(np.int32), pa.int32(), mask=ongoing).cast(pa.date32()),
        }
    )


def price_index_table(scenario: Scenario) -> pa.Table:
    """price_index: year, index (text; 100 in the first year)."""
    years = range(scenario.first_year, scenario.last_year + 1)
    index = [f"{100 * _PRICE_GROWTH**k:.1f}" for k in range(len(years))]
    return pa.table({"year": pa.array(map(str, years), _TEXT), "index": pa.array(index, _TEXT)})
