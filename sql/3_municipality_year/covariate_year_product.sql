-- model: covariate_year_product
-- grain: one row per municipality, pair of years and pair of regressors; 0 is the constant 1 (municipality, year, other_year, i, j)
-- reads: population, covariate
-- params: none
-- Sums over the persons counted in the municipality in both years, other_year the later one: regressor i in year
-- times regressor j in other_year. A zero adds nothing and is left out, so that absent rows are zeros.
with person_years as (
    select person_id, year, municipality
    from population
),

covariates as (
    select person_id, year, position, value
    from covariate
),

regressors as (
    select
        person_years.person_id,
        person_years.municipality,
        person_years.year,
        covariates.position,
        cast(covariates.value as decimal(19, 0)) as value
    from person_years
    inner join covariates on person_years.person_id = covariates.person_id and person_years.year = covariates.year
    where covariates.value <> 0
    union all
    select person_id, municipality, year, cast(0 as integer) as position, cast(1 as decimal(19, 0)) as value
    from person_years
)

select
    firsts.municipality,
    firsts.year,
    seconds.year as other_year,
    firsts.position as i,
    seconds.position as j,
    cast(sum(firsts.value * seconds.value) as decimal(38, 0)) as total
from regressors as firsts
inner join regressors as seconds
    on firsts.person_id = seconds.person_id
    and firsts.municipality = seconds.municipality
    and firsts.year < seconds.year
where firsts.position + seconds.position > 0
group by firsts.municipality, firsts.year, seconds.year, firsts.position, seconds.position
