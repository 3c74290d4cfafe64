-- model: municipality_year
-- grain: one row per municipality and year with a person-year of the study (municipality, year)
-- reads: person_year
-- params: none
-- Counts, sums and sums of squares: with them the regressions on the person rows are exact. All are whole numbers,
-- so that no order of rows or threads can change a digit; workdays in 1/10000 day.
with person_years as (
    select
        municipality,
        year,
        age,
        woman,
        workdays_e4,
        cast(workdays_e4 as decimal(19, 0)) as workdays_wide,
        employed,
        cast(employment_days as bigint) as employment_days,
        cast(benefit_days as bigint) as benefit_days
    from person_year
)

select
    municipality,
    year,
    cast(count(*) as bigint) as persons,
    cast(sum(workdays_e4) as decimal(38, 0)) as workdays_sum,
    cast(sum(workdays_wide * workdays_wide) as decimal(38, 0)) as workdays_sumsq,
    cast(sum(employed) as decimal(38, 0)) as employed_sum,
    cast(sum(employed) as decimal(38, 0)) as employed_sumsq,
    cast(sum(employment_days) as decimal(38, 0)) as employment_days_sum,
    cast(sum(employment_days * employment_days) as decimal(38, 0)) as employment_days_sumsq,
    cast(sum(benefit_days) as decimal(38, 0)) as benefit_days_sum,
    cast(sum(benefit_days * benefit_days) as decimal(38, 0)) as benefit_days_sumsq,
    cast(sum(age) as bigint) as age_sum,
    cast(sum(age * age) as bigint) as age_sumsq,
    cast(sum(woman) as bigint) as women
from person_years
group by municipality, year
