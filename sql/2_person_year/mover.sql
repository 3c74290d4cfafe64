-- model: mover
-- grain: one row per person with a home in several municipalities in the years considered (person_id)
-- reads: home
-- params: movers
-- Only where the study leaves movers out. Homes outside the study municipalities count: who moves there has moved.
with homes as (
    select person_id, municipality
    from home
    where $movers = 'exclude'
)

select person_id
from homes
group by person_id
having count(distinct municipality) > 1
