-- model: covariate_year_outcome
-- grain: one row per municipality, pair of different years and regressor (municipality, year, other_year, i)
-- reads: person_year, covariate
-- params: none
-- Sums over the persons counted in the municipality in both years, other_year before or after year: regressor i in
-- year times each outcome in other_year; workdays in 1/10000 day. A zero adds nothing and is left out, so that absent
-- rows are zeros.
with person_years as (
    select
        person_id,
        municipality,
        year,
        cast(workdays_e4 as decimal(19, 0)) as workdays,
        cast(employed as decimal(19, 0)) as employed,
        cast(employment_days as decimal(19, 0)) as employment_days,
        cast(benefit_days as decimal(19, 0)) as benefit_days
    from person_year
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
)

select
    regressors.municipality,
    regressors.year,
    others.year as other_year,
    regressors.position as i,
    cast(sum(regressors.value * others.workdays) as decimal(38, 0)) as workdays_product,
    cast(sum(regressors.value * others.employed) as decimal(38, 0)) as employed_product,
    cast(sum(regressors.value * others.employment_days) as decimal(38, 0)) as employment_days_product,
    cast(sum(regressors.value * others.benefit_days) as decimal(38, 0)) as benefit_days_product
from regressors
inner join person_years as others
    on regressors.person_id = others.person_id
    and regressors.municipality = others.municipality
    and regressors.year <> others.year
group by regressors.municipality, regressors.year, others.year, regressors.position
