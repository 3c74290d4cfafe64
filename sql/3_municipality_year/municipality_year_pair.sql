-- model: municipality_year_pair
-- grain: one row per municipality and pair of years in which it counts the same person (municipality, year, other_year)
-- reads: person_year
-- params: none
-- Persons counted in the municipality in both years, other_year the later one, with their outcomes: *_sum in year,
-- *_other_sum in other_year, *_product the product of the two. With the sums of municipality_year they give the
-- sampling covariance of cell means over years. All are whole numbers; workdays in 1/10000 day.
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
)

select
    firsts.municipality,
    firsts.year,
    seconds.year as other_year,
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
group by firsts.municipality, firsts.year, seconds.year
