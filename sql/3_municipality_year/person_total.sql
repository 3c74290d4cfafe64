-- model: person_total
-- grain: one row (persons)
-- reads: population
-- params: none
-- Distinct persons of the study, and those of them who are counted in more than one municipality.
with person_years as (
    select person_id, municipality
    from population
),

spread as (
    select person_id, count(distinct municipality) as municipalities
    from person_years
    group by person_id
)

select
    cast(count(*) as bigint) as persons,
    cast(coalesce(sum(case when municipalities > 1 then 1 else 0 end), 0) as bigint) as movers
from spread
