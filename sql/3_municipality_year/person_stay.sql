-- model: person_stay
-- grain: one row per person and municipality that counts the person (person_id, municipality)
-- reads: population
-- params: none
-- First and last of the years it does. unbroken: 1 where it counts the person in all years between them too, so that
-- first and last year say which years these are; most persons are unbroken.
with person_years as (
    select person_id, municipality, year
    from population
)

select
    person_id,
    municipality,
    min(year) as first_year,
    max(year) as last_year,
    cast(case when count(*) = max(year) - min(year) + 1 then 1 else 0 end as integer) as unbroken
from person_years
group by person_id, municipality
