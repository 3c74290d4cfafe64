-- model: municipality_year
-- grain: one row per municipality and year with a person-year of the study (municipality, year)
-- reads: population
-- params: none
-- Persons, women, and the sums of ages and their squares. All are whole numbers, so that no order of rows or threads can
-- change a digit.
with person_years as (
    select municipality, year, age, woman
    from population
)

select
    municipality,
    year,
    cast(count(*) as bigint) as persons,
    cast(sum(age) as bigint) as age_sum,
    cast(sum(age * age) as bigint) as age_sumsq,
    cast(sum(woman) as bigint) as women
from person_years
group by municipality, year
