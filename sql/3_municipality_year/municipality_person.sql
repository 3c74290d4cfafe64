-- model: municipality_person
-- grain: one row per municipality with a person-year of the study (municipality)
-- reads: population
-- params: none
-- Distinct persons counted in the municipality in any year; a mover counts in each of them.
with people as (
    select distinct municipality, person_id
    from population
)

select
    municipality,
    cast(count(*) as bigint) as persons
from people
group by municipality
