-- model: covariate_product
-- grain: one row per municipality, year and pair of regressors i <= j; i = 0 is the constant 1 (municipality, year, i, j)
-- reads: population, covariate
-- params: none
-- Sums of products over the person-years of the cell.
with person_years as (
    select person_id, year, municipality
    from population
),

covariates as (
    select person_id, year, position, value
    from covariate
),

with_constant as (
    select person_id, year, position, value
    from covariates
    union all
    select person_id, year, cast(0 as integer) as position, cast(1 as bigint) as value
    from person_years
)

select
    person_years.municipality,
    person_years.year,
    firsts.position as i,
    seconds.position as j,
    cast(sum(cast(firsts.value as decimal(19, 0)) * cast(seconds.value as decimal(19, 0))) as decimal(38, 0)) as total
from person_years
inner join with_constant as firsts
    on person_years.person_id = firsts.person_id and person_years.year = firsts.year
inner join covariates as seconds
    on firsts.person_id = seconds.person_id and firsts.year = seconds.year and firsts.position <= seconds.position
group by person_years.municipality, person_years.year, firsts.position, seconds.position
