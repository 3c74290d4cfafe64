-- model: subgroup_year
-- grain: one row per municipality, year, dimension and level with a person-year (municipality, year, dimension, level)
-- reads: population, person_year_level
-- params: none
-- Persons by level; over the levels of a dimension they add up to those of municipality_year exactly.
with person_years as (
    select person_id, municipality, year
    from population
),

levels as (
    select person_id, year, dimension, level
    from person_year_level
)

select
    person_years.municipality,
    person_years.year,
    levels.dimension,
    levels.level,
    cast(count(*) as bigint) as persons
from person_years
inner join levels on person_years.person_id = levels.person_id and person_years.year = levels.year
group by person_years.municipality, person_years.year, levels.dimension, levels.level
