-- model: covariate_year_outcome
-- grain: one row per municipality, pair of different years, regressor and outcome (municipality, year, other_year, i, outcome)
-- reads: population, person_year_outcome, covariate
-- params: none
-- Sums over the persons counted in the municipality in both years, other_year before or after year: regressor i in
-- year times the outcome in other_year. A zero adds nothing and is left out, so that absent rows are zeros.
with person_years as (
    select person_id, municipality, year
    from population
),

amounts as (
    select person_id, municipality, year, outcome, cast(amount as decimal(19, 0)) as amount
    from person_year_outcome
),

covariates as (
    select person_id, year, position, cast(value as decimal(19, 0)) as value
    from covariate
),

regressors as (
    select
        person_years.person_id,
        person_years.municipality,
        person_years.year,
        covariates.position,
        covariates.value
    from person_years
    inner join covariates on person_years.person_id = covariates.person_id and person_years.year = covariates.year
    where covariates.value <> 0
)

select
    regressors.municipality,
    regressors.year,
    others.year as other_year,
    regressors.position as i,
    others.outcome,
    cast(sum(regressors.value * others.amount) as decimal(38, 0)) as total
from regressors
inner join amounts as others
    on regressors.person_id = others.person_id
    and regressors.municipality = others.municipality
    and regressors.year <> others.year
group by regressors.municipality, regressors.year, others.year, regressors.position, others.outcome
