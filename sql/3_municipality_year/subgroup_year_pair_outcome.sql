-- model: subgroup_year_pair_outcome
-- grain: one row per municipality, dimension, pair of different years, pair of levels and outcome (municipality, dimension, year, other_year, level, other_level, outcome)
-- reads: population, person_year_outcome, person_year_level
-- params: none
-- The sums of municipality_year_pair_outcome by the level in year and the level in other_year, before or after year.
-- Absent rows are zeros.
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
),

amounts as (
    select person_id, year, outcome, cast(amount as decimal(19, 0)) as amount
    from person_year_outcome
)

select
    firsts.municipality,
    firsts.dimension,
    firsts.year,
    seconds.year as other_year,
    firsts.level,
    seconds.level as other_level,
    amounts.outcome,
    cast(sum(amounts.amount) as decimal(38, 0)) as total,
    cast(coalesce(sum(amounts.amount * other_amounts.amount), 0) as decimal(38, 0)) as product
from person_years as firsts
inner join amounts on firsts.person_id = amounts.person_id and firsts.year = amounts.year
inner join person_years as seconds
    on firsts.person_id = seconds.person_id
    and firsts.municipality = seconds.municipality
    and firsts.dimension = seconds.dimension
    and firsts.year <> seconds.year
left join amounts as other_amounts
    on seconds.person_id = other_amounts.person_id
    and seconds.year = other_amounts.year
    and amounts.outcome = other_amounts.outcome
group by
    firsts.municipality, firsts.dimension, firsts.year, seconds.year, firsts.level, seconds.level, amounts.outcome
