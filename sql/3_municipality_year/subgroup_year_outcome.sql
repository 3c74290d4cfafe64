-- model: subgroup_year_outcome
-- grain: one row per municipality, year, dimension, level and outcome that somebody has (municipality, year, dimension, level, outcome)
-- reads: person_year_outcome, person_year_level
-- params: none
-- The sums of municipality_year_outcome by level; over the levels of a dimension they add up to them exactly.
with amounts as (
    select person_id, municipality, year, outcome, cast(amount as decimal(19, 0)) as amount
    from person_year_outcome
),

levels as (
    select person_id, year, dimension, level
    from person_year_level
)

select
    amounts.municipality,
    amounts.year,
    levels.dimension,
    levels.level,
    amounts.outcome,
    cast(sum(amounts.amount) as decimal(38, 0)) as total,
    cast(sum(amounts.amount * amounts.amount) as decimal(38, 0)) as squares
from amounts
inner join levels on amounts.person_id = levels.person_id and amounts.year = levels.year
group by amounts.municipality, amounts.year, levels.dimension, levels.level, amounts.outcome
