"""Workdays per person and year from employment spells, as an analyst would write it elsewhere: one tool, one process.

    python tests/benchmarks/peer_person_years.py TOOL FOLDER

FOLDER holds employment/*.parquet, people.parquet (person_id, counts_from, counts_until: the days that count, half-open)
and days.parquet (day, work, year: number of counted days before a calendar day). Prints one JSON line: rows, workdays
in 1/10000 day, CPU and wall seconds, peak memory in MB. Exact duplicates count once; a person's day is capped at full
time; the last day of a spell counts.

explode: one row per person, spell and day, the first idea of most. sweep: the event sweep that the package does in SQL.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path

FULL_TIME = 10_000
COLUMNS = ["person_id", "employer_id", "start_date", "end_date", "position_pct"]
_KEY = ["person_id", "year"]


def pandas_explode(folder: Path) -> tuple[int, int]:
    """pandas: a row per day, summed and capped."""
    import numpy as np
    import pandas as pd

    spells, days = _pandas_spells(folder)
    length = (spells["stop"] - spells["start"]).to_numpy()
    at = np.repeat(np.arange(len(spells)), length)
    day = np.arange(len(at)) - np.repeat(np.cumsum(length) - length, length) + spells["start"].to_numpy()[at]
    held = pd.DataFrame({
        "person_id": spells["person_id"].to_numpy()[at], "day": day, "position": spells["position"].to_numpy()[at]
    })  # fmt: skip
    daily = held.groupby(["person_id", "day"], sort=False)["position"].sum().clip(upper=FULL_TIME).reset_index()
    daily["year"] = days["year"].to_numpy()[daily["day"]]
    daily["counted"] = np.diff(days["work"].to_numpy(), append=days["work"].iloc[-1])[daily["day"]] > 0
    yearly = daily.assign(position=daily["position"] * daily["counted"]).groupby(_KEY)["position"].sum()
    return len(yearly), int(yearly.sum())


def pandas_sweep(folder: Path) -> tuple[int, int]:
    """pandas: starts and ends sorted once, cumulative sums."""
    import pandas as pd

    spells, days = _pandas_spells(folder)
    first = days.drop_duplicates("year")[["day"]]
    crossed = spells[["person_id", "start", "stop"]].merge(first, how="cross")
    crossed = crossed[(crossed["start"] < crossed["day"]) & (crossed["stop"] > crossed["day"])]
    starts = spells[["person_id", "start", "position"]].rename(columns={"start": "day"})
    stops = spells[["person_id", "stop", "position"]].rename(columns={"stop": "day"})
    events = pd.concat([
        starts.assign(jobs=1),
        stops.assign(position=-stops["position"], jobs=-1),
        crossed[["person_id", "day"]].assign(position=0, jobs=0),
    ]).sort_values(["person_id", "day"], kind="stable")  # fmt: skip
    level = events.groupby("person_id", sort=False)[["position", "jobs"]].cumsum()
    until = events.groupby("person_id", sort=False)["day"].shift(-1)
    keep = until.notna() & (until > events["day"]) & (level["jobs"] > 0)
    day, until, level = events.loc[keep, "day"], until[keep].astype("int64"), level[keep]
    work, year = days["work"].to_numpy(), days["year"].to_numpy()
    counted = work[until.to_numpy()] - work[day.to_numpy()]
    total = pd.DataFrame({
        "person_id": events.loc[keep, "person_id"].to_numpy(), "year": year[day.to_numpy()],
        "position": level["position"].clip(upper=FULL_TIME).to_numpy() * counted,
    }).groupby(_KEY)["position"].sum()  # fmt: skip
    return len(total), int(total.sum())


def _pandas_spells(folder: Path):  # type: ignore[no-untyped-def]
    import pandas as pd

    people = pd.read_parquet(folder / "people.parquet")
    days = pd.read_parquet(folder / "days.parquet").sort_values("day").reset_index(drop=True)
    # a fair start: only the persons of the study are read
    wanted = [("person_id", "in", set(people["person_id"].tolist()))]
    spells = pd.read_parquet(folder / "employment", columns=COLUMNS, filters=wanted).drop_duplicates()
    spells = spells.merge(people, on="person_id")
    first = pd.Timestamp(days["date"].iloc[0])
    start = pd.to_datetime(spells["start_date"]).clip(lower=pd.to_datetime(spells["counts_from"]))
    last = pd.to_datetime(spells["end_date"]) + pd.Timedelta(days=1)
    stop = last.fillna(pd.to_datetime(spells["counts_until"])).clip(upper=pd.to_datetime(spells["counts_until"]))
    spells["start"], spells["stop"] = (start - first).dt.days, (stop - first).dt.days
    spells["position"] = (spells["position_pct"].astype(float).fillna(0) * 100).round().astype("int64")
    return spells[spells["start"] < spells["stop"]], days


def polars_sweep(folder: Path) -> tuple[int, int]:
    """polars, lazy and streaming: the same sweep."""
    import polars as pl

    people = pl.scan_parquet(folder / "people.parquet")
    days = pl.scan_parquet(folder / "days.parquet")
    day = days.select("date", "day", "work", "year")
    spells = (
        pl.scan_parquet(folder / "employment" / "*.parquet").select(COLUMNS)
        .join(people, on="person_id").unique()
        .with_columns(
            start=pl.max_horizontal("start_date", "counts_from"),
            stop=pl.min_horizontal(pl.coalesce(pl.col("end_date").dt.offset_by("1d"), "counts_until"), "counts_until"),
            position=(pl.col("position_pct").cast(pl.Float64).fill_null(0) * 100).round().cast(pl.Int64),
        )
        .filter(pl.col("start") < pl.col("stop"))
        .join(day.select(start="date", from_day="day"), on="start")
        .join(day.select(stop="date", to_day="day"), on="stop")
        .select("person_id", "from_day", "to_day", "position")
    )  # fmt: skip
    years = day.group_by("year").agg(pl.col("day").min()).select("day")
    crossed = spells.join(years, how="cross").filter(
        (pl.col("from_day") < pl.col("day")) & (pl.col("to_day") > pl.col("day"))
    )
    zero = pl.lit(0, pl.Int64)
    events = pl.concat([
        spells.select("person_id", pl.col("from_day").alias("day"), "position", jobs=zero + 1),
        spells.select("person_id", pl.col("to_day").alias("day"), position=-pl.col("position"), jobs=zero - 1),
        crossed.select("person_id", "day", position=zero, jobs=zero),
    ]).sort("person_id", "day")  # fmt: skip
    levels = events.with_columns(
        # a person's changes add up to nothing, so that the sums need no start of their own
        level=pl.col("position").cum_sum(), held=pl.col("jobs").cum_sum(), until=pl.col("day").shift(-1),
    ).filter((pl.col("held") > 0) & (pl.col("until") > pl.col("day")))  # fmt: skip
    work = day.select("day", "work", "year")
    total = (
        levels.join(work, on="day").join(work.select(until="day", later="work"), on="until")
        .group_by(_KEY)
        .agg((pl.min_horizontal("level", pl.lit(FULL_TIME)) * (pl.col("later") - pl.col("work"))).sum().alias("w"))
        .select(pl.len(), pl.col("w").sum())
        .collect(engine="streaming")
    )  # fmt: skip
    rows, amount = total.row(0)
    return int(rows), int(amount)


TOOLS: dict[str, Callable[[Path], tuple[int, int]]] = {
    "pandas, days exploded": pandas_explode,
    "pandas, sweep": pandas_sweep,
    "polars, sweep": polars_sweep,
}


def main() -> None:
    """Measure one tool in this process; its import is not counted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tool", choices=list(TOOLS))
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    __import__(given.tool.split(",")[0])
    cpu, wall = time.process_time(), time.perf_counter()
    rows, amount = TOOLS[given.tool](given.folder)
    measured = {
        "rows": rows, "amount": amount, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
