-- model: municipality_person
-- grain: one row per municipality with a person-year of the study (municipality)
-- reads: person_year
-- params: none
-- Distinct persons counted in the municipality in any year; a mover counts in each of them.
with people as (
    select distinct municipality, person_id
    from person_year
)

select
    municipality,
    cast(count(*) as bigint) as persons
from people
group by municipality
