-- model: municipality_person
-- grain: one row per municipality with a person-year of the study (municipality)
-- reads: person_stay
-- params: none
-- Distinct persons counted in the municipality in any year; a mover counts in each of them.
with stays as (
    select municipality
    from person_stay
)

select
    municipality,
    cast(count(*) as bigint) as persons
from stays
group by municipality
