-- model: population_person
-- grain: one row per person of the study (person_id)
-- reads: population, stg_person
-- params: horizon
-- alive_until is the day after the last day that can count: the day after death, or the end of the window.
with persons as (
    select distinct person_id
    from population
),

deaths as (
    select person_id, death_date
    from stg_person
)

select
    persons.person_id,
    least(coalesce(deaths.death_date + 1, cast($horizon as date)), cast($horizon as date)) as alive_until
from persons
left join deaths on persons.person_id = deaths.person_id
