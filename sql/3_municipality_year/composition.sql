-- model: composition
-- grain: one row per municipality and year with a person-year of the study (municipality, year)
-- reads: population, stg_person, study_year
-- params: none
-- How the persons of a year relate to those of the years beside it. stayed: in the study the year before too, in the same
-- municipality. came: all others of the year, came_moved those of them who were in another municipality of the study.
-- gone: not in the same municipality of the study the year after; gone_moved those of them in another, gone_died those
-- in none who died by the end of the year. In the first year all have come, and in the last all are gone.
with person_years as (
    select person_id, year, municipality
    from population
),

deaths as (
    select person_id, death_date
    from stg_person
),

years as (
    select year, next_day
    from study_year
),

beside as (
    select
        person_id,
        year,
        municipality,
        lag(year) over (partition by person_id order by year) as earlier_year,
        lag(municipality) over (partition by person_id order by year) as earlier_municipality,
        lead(year) over (partition by person_id order by year) as later_year,
        lead(municipality) over (partition by person_id order by year) as later_municipality
    from person_years
),

described as (
    select
        beside.municipality,
        beside.year,
        case when beside.earlier_year = beside.year - 1 then beside.earlier_municipality end as before,
        case when beside.later_year = beside.year + 1 then beside.later_municipality end as after,
        case when deaths.death_date < years.next_day then 1 else 0 end as dead
    from beside
    inner join years on beside.year = years.year
    left join deaths on beside.person_id = deaths.person_id
)

select
    municipality,
    year,
    cast(sum(case when before = municipality then 1 else 0 end) as bigint) as stayed,
    cast(sum(case when before = municipality then 0 else 1 end) as bigint) as came,
    cast(sum(case when before <> municipality then 1 else 0 end) as bigint) as came_moved,
    cast(sum(case when after = municipality then 0 else 1 end) as bigint) as gone,
    cast(sum(case when after <> municipality then 1 else 0 end) as bigint) as gone_moved,
    cast(sum(case when after is null and dead = 1 then 1 else 0 end) as bigint) as gone_died
from described
group by municipality, year
