-- model: municipality_covariate
-- grain: one row per municipality, study year and municipality covariate that is known (municipality, year, position)
-- reads: stg_municipality_value, study_year
-- params: none
-- The value of the year, else the one for all years.
with delivered as (
    select municipality, year, position, value
    from stg_municipality_value
),

years as (
    select year, year(first_day) as calendar_year
    from study_year
),

matched as (
    select delivered.municipality, years.year, delivered.position, delivered.value, 1 as of_the_year
    from delivered
    inner join years on delivered.year = years.calendar_year
    union all
    select delivered.municipality, years.year, delivered.position, delivered.value, 0 as of_the_year
    from delivered
    cross join years
    where delivered.year = 0
)

select
    municipality,
    year,
    position,
    coalesce(max(case when of_the_year = 1 then value end), max(value)) as value
from matched
group by municipality, year, position
