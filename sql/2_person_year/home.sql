-- model: home
-- grain: one row per considered person-year with a residence on the day that decides (person_id, year)
-- reads: considered_year, majority_home, stg_residence, study_year
-- params: residence, before_rollout, residence_month, residence_dom, period
-- The municipality a person-year belongs to: that of 1 January of the year (the first day of a quarter), of another day of the year, of the day of
-- entry, that of most days of the year, or, fixed for all years, that of before_rollout (31 December before the first
-- start). Two rows for one municipality on that day count once; two municipalities are a contract error.
with considered as (
    select person_id, year, clock_date
    from considered_year
),

years as (
    select
        year,
        case
            when $residence = 'before rollout' then cast($before_rollout as date)
            when $period = 'quarter' then first_day
            else make_date(year, cast($residence_month as integer), cast($residence_dom as integer))
        end as deciding_day
    from study_year
),

residence as (
    select person_id, municipality, start_date, end_date
    from stg_residence
    where $residence <> 'majority of the year'
        and person_id in (select person_id from considered_year)
),

decided as (
    select
        considered.person_id,
        considered.year,
        case when $residence = 'at entry' then considered.clock_date else years.deciding_day end as deciding_day
    from considered
    inner join years on considered.year = years.year
),

homes as (
    select decided.person_id, decided.year, residence.municipality
    from decided
    inner join residence
        on decided.person_id = residence.person_id
        and residence.start_date <= decided.deciding_day
        and residence.end_date > decided.deciding_day
    union all
    select person_id, year, municipality
    from majority_home
)

select person_id, year, min(municipality) as municipality
from homes
group by person_id, year
