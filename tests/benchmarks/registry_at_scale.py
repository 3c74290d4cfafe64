"""A large registry for timing, written by DuckDB from hashes of row numbers: the same bytes every time.

Ten years, 33 employment spells a person with heavy overlap, 2 % exact duplicates, 5 % open ends, decimal
percentages, moves and deaths; about 2 % of the persons are young and on the benefit in some year. Nothing here is
realistic beyond what costs time: for that there is the synthetic registry.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from ipscausal.study import Study

SPELLS_PER_PERSON = 33
FIRST, LAST = 2010, 2019
RECIPIENTS, EVERYBODY = "recipients", "everybody"
_CHUNK = 150_000
_MUNICIPALITIES = 350

_EMPLOYMENT = """
copy (
    with spell as (
        select person_id, n, hash(person_id * 64 + case when n % 50 = 49 then n - 1 else n end) as h
        from range($low, $high) as people(person_id), range($spells) as spells(n)
    ),
    cut as (
        select person_id, h, date '2008-01-01' + cast(h % 4300 as integer) as start_date,
            cast((h >> 20) % 900 as integer) as length
        from spell
    )
    select
        person_id,
        cast((h >> 32) % 50000 as integer) as employer_id,
        start_date,
        case when (h >> 40) % 20 > 0 then start_date + length end as end_date,
        cast(1 + ((h >> 44) % 11900) as double) / 100 as position_pct
    from cut
    order by person_id, start_date
) to '{path}' (format parquet, compression zstd)
"""
_PERSONS = """
copy (
    select person_id, date '1940-01-01' + cast(hash(person_id + 1) % 25000 as integer) as birth_date,
        case when hash(person_id + 2) % 2 = 0 then 'F' else 'M' end as sex,
        case when hash(person_id + 3) % 50 = 0
            then date '2008-01-01' + cast(hash(person_id + 4) % 5000 as integer) end as death_date
    from range($people) as people(person_id) order by person_id
) to '{path}' (format parquet, compression zstd)
"""
_RESIDENCE = """
copy (
    with home as (
        select person_id, hash(person_id + 5) as h, hash(person_id + 6) as g
        from range($people) as people(person_id)
    ),
    spell as (
        select person_id, h % $codes as place, date '2000-01-01' as start_date,
            case when h % 5 = 0 then date '2010-01-01' + cast(g % 3600 as integer) end as end_date
        from home
        union all
        select person_id, g % $codes as place, date '2010-01-02' + cast(g % 3600 as integer) as start_date,
            null as end_date
        from home where h % 5 = 0
    )
    select person_id, lpad(cast(place as varchar), 4, '0') as municipality, start_date, end_date
    from spell order by person_id, start_date
) to '{path}' (format parquet, compression zstd)
"""
_BENEFITS = """
copy (
    with receipt as (
        select person_id, n, hash(person_id * 8 + n + 7) as h
        from range($people) as people(person_id), range(2) as spells(n)
        where hash(person_id + 8) % 9 = 0
    )
    select person_id, case when n = 0 then 'WAA' else 'SICK' end as benefit,
        date '2009-06-01' + cast(h % 3800 as integer) as start_date,
        date '2009-06-01' + cast(h % 3800 + 60 + (h >> 30) % 900 as integer) as end_date
    from receipt order by person_id, n
) to '{path}' (format parquet, compression zstd)
"""


def write(folder: Path, spells: int) -> int:
    """Write the extracts of `spells` employment rows below `folder` unless they are there; returns the persons."""
    people = spells // SPELLS_PER_PERSON
    done = folder / "written"
    if done.exists():
        return people
    (folder / "employment").mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        for part, low in enumerate(range(0, people, _CHUNK)):
            path = folder / "employment" / f"part-{part:03}.parquet"
            given = {"low": low, "high": min(low + _CHUNK, people), "spells": SPELLS_PER_PERSON}
            connection.execute(_EMPLOYMENT.format(path=path), given)
        connection.execute(_PERSONS.format(path=folder / "persons.parquet"), {"people": people})
        connection.execute(_BENEFITS.format(path=folder / "benefits.parquet"), {"people": people})
        given = {"people": people, "codes": _MUNICIPALITIES}
        connection.execute(_RESIDENCE.format(path=folder / "residence.parquet"), given)
    starts = (f"{code:04},{2012 + code % 7}-03-01" for code in range(3, _MUNICIPALITIES, 3))
    (folder / "rollout.csv").write_text("municipality,start_date\n" + "\n".join(starts) + "\n", encoding="ascii")
    done.touch()
    return people


def study(scope: str = RECIPIENTS) -> Study:
    """A staggered national study on the written registry: of young recipients, or of everybody in every year."""
    tables = {"persons": "persons.parquet", "residence": "residence.parquet", "employment": "employment"}
    tables |= {"benefits": "benefits.parquet", "rollout": "rollout.csv"}
    # the last spells begin in October: these years are whole as far as they go
    population = {"years": (FIRST, LAST), "benefit": "WAA", "incomplete_last_year": "keep"}
    population |= {"ages": "any", "receipt": "everyone"} if scope == EVERYBODY else {"ages": (18, 29)}
    return Study.model_validate({
        "schema_version": 1,
        "study": {"id": "benchmark", "title": {"en": "Benchmark"}},
        "extracts": {name: {"path": path} for name, path in tables.items()},
        "population": population,
        "outcome": {"country": "NO"},
        "design": {"comparison": "never"},
    })  # fmt: skip
