-- model: subgroup_year_pair
-- grain: one row per municipality, dimension, pair of years and pair of levels in which it counts the same person (municipality, dimension, year, other_year, level, other_level)
-- reads: population, person_year_level
-- params: none
-- The persons of municipality_year_pair by the level in year and the level in other_year, the later one: who changes
-- level makes the means of two levels vary together.
with person_years as (
    select
        population.person_id,
        population.municipality,
        population.year,
        levels.dimension,
        levels.level
    from population
    inner join person_year_level as levels
        on population.person_id = levels.person_id and population.year = levels.year
)

select
    firsts.municipality,
    firsts.dimension,
    firsts.year,
    seconds.year as other_year,
    firsts.level,
    seconds.level as other_level,
    cast(count(*) as bigint) as persons
from person_years as firsts
inner join person_years as seconds
    on firsts.person_id = seconds.person_id
    and firsts.municipality = seconds.municipality
    and firsts.dimension = seconds.dimension
    and firsts.year < seconds.year
group by firsts.municipality, firsts.dimension, firsts.year, seconds.year, firsts.level, seconds.level
