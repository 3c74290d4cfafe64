-- model: subgroup_year
-- grain: one row per municipality, year, dimension and level with a person-year (municipality, year, dimension, level)
-- reads: person_year, person_year_level
-- params: none
-- The sums of municipality_year by level; over the levels of a dimension they add up to them exactly. All are whole
-- numbers; workdays in 1/10000 day.
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
    person_years.municipality,
    person_years.year,
    levels.dimension,
    levels.level,
    cast(count(*) as bigint) as persons,
    cast(sum(person_years.workdays) as decimal(38, 0)) as workdays_sum,
    cast(sum(person_years.workdays * person_years.workdays) as decimal(38, 0)) as workdays_sumsq,
    cast(sum(person_years.employed) as decimal(38, 0)) as employed_sum,
    cast(sum(person_years.employed * person_years.employed) as decimal(38, 0)) as employed_sumsq,
    cast(sum(person_years.employment_days) as decimal(38, 0)) as employment_days_sum,
    cast(sum(person_years.employment_days * person_years.employment_days) as decimal(38, 0)) as employment_days_sumsq,
    cast(sum(person_years.benefit_days) as decimal(38, 0)) as benefit_days_sum,
    cast(sum(person_years.benefit_days * person_years.benefit_days) as decimal(38, 0)) as benefit_days_sumsq
from person_years
inner join levels on person_years.person_id = levels.person_id and person_years.year = levels.year
group by person_years.municipality, person_years.year, levels.dimension, levels.level
