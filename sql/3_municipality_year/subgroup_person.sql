-- model: subgroup_person
-- grain: one row per municipality, dimension and level with a person-year (municipality, dimension, level)
-- reads: person_year, person_year_level
-- params: none
-- Distinct persons counted in the municipality at the level in any year; who changes level counts in each.
with people as (
    select distinct person_year.municipality, levels.dimension, levels.level, person_year.person_id
    from person_year
    inner join person_year_level as levels
        on person_year.person_id = levels.person_id and person_year.year = levels.year
)

select
    municipality,
    dimension,
    level,
    cast(count(*) as bigint) as persons
from people
group by municipality, dimension, level
