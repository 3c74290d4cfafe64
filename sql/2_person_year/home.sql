-- model: home
-- grain: one row per considered person-year with a residence on the day that decides (person_id, year)
-- reads: considered_year, stg_residence, study_year
-- params: residence_day
-- The municipality a person-year belongs to for the whole year: that of 1 January of the year, or, fixed for
-- all years, that of residence_day (31 December before the first start; null means 1 January).
-- Two rows for one municipality on that day count once; two municipalities are a contract error.
with considered as (
    select person_id, year
    from considered_year
),

years as (
    select year, coalesce(cast($residence_day as date), first_day) as deciding_day
    from study_year
),

residence as (
    select person_id, municipality, start_date, end_date
    from stg_residence
    where person_id in (select person_id from considered_year)
)

select
    considered.person_id,
    considered.year,
    min(residence.municipality) as municipality
from considered
inner join years on considered.year = years.year
inner join residence
    on considered.person_id = residence.person_id
    and residence.start_date <= years.deciding_day
    and residence.end_date > years.deciding_day
group by considered.person_id, considered.year
