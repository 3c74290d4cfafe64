-- model: subgroup_person
-- grain: one row per municipality, dimension and level with a person-year (municipality, dimension, level)
-- reads: population, person_year_level
-- params: none
-- Distinct persons counted in the municipality at the level in any year; who changes level counts in each.
with people as (
    select distinct population.municipality, levels.dimension, levels.level, population.person_id
    from population
    inner join person_year_level as levels
        on population.person_id = levels.person_id and population.year = levels.year
)

select
    municipality,
    dimension,
    level,
    cast(count(*) as bigint) as persons
from people
group by municipality, dimension, level
