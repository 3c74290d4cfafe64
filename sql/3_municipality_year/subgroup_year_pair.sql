-- model: subgroup_year_pair
-- grain: one row per municipality, dimension, pair of years and pair of levels in which it counts the same person (municipality, dimension, year, other_year, level, other_level)
-- reads: person_year, person_year_level
-- params: none
-- The sums of municipality_year_pair by the level in year and the level in other_year, the later one: who changes level
-- makes the means of two levels vary together. All are whole numbers; workdays in 1/10000 day.
with person_years as (
    select
        person_id,
        municipality,
        year,
        cast(workdays_e4 as decimal(19, 0)) as workdays,
        cast(employed as bigint) as employed,
        cast(employment_days as bigint) as employment_days,
        cast(benefit_days as bigint) as benefit_days
    from person_year
),

levels as (
    select person_id, year, dimension, level
    from person_year_level
)

select
    firsts.municipality,
    first_levels.dimension,
    firsts.year,
    seconds.year as other_year,
    first_levels.level,
    second_levels.level as other_level,
    cast(count(*) as bigint) as persons,
    cast(sum(firsts.workdays) as decimal(38, 0)) as workdays_sum,
    cast(sum(seconds.workdays) as decimal(38, 0)) as workdays_other_sum,
    cast(sum(firsts.workdays * seconds.workdays) as decimal(38, 0)) as workdays_product,
    cast(sum(firsts.employed) as decimal(38, 0)) as employed_sum,
    cast(sum(seconds.employed) as decimal(38, 0)) as employed_other_sum,
    cast(sum(firsts.employed * seconds.employed) as decimal(38, 0)) as employed_product,
    cast(sum(firsts.employment_days) as decimal(38, 0)) as employment_days_sum,
    cast(sum(seconds.employment_days) as decimal(38, 0)) as employment_days_other_sum,
    cast(sum(firsts.employment_days * seconds.employment_days) as decimal(38, 0)) as employment_days_product,
    cast(sum(firsts.benefit_days) as decimal(38, 0)) as benefit_days_sum,
    cast(sum(seconds.benefit_days) as decimal(38, 0)) as benefit_days_other_sum,
    cast(sum(firsts.benefit_days * seconds.benefit_days) as decimal(38, 0)) as benefit_days_product
from person_years as firsts
inner join person_years as seconds
    on firsts.person_id = seconds.person_id
    and firsts.municipality = seconds.municipality
    and firsts.year < seconds.year
inner join levels as first_levels on firsts.person_id = first_levels.person_id and firsts.year = first_levels.year
inner join levels as second_levels
    on seconds.person_id = second_levels.person_id
    and seconds.year = second_levels.year
    and first_levels.dimension = second_levels.dimension
group by
    firsts.municipality, first_levels.dimension, firsts.year, seconds.year, first_levels.level, second_levels.level
