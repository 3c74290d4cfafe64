-- model: covariate_outcome
-- grain: one row per municipality, year, regressor and outcome (municipality, year, i, outcome)
-- reads: person_year_outcome, covariate
-- params: none
-- Sums of regressor times outcome over the person-years of the cell; absent rows are zeros.
with amounts as (
    select person_id, year, municipality, outcome, cast(amount as decimal(19, 0)) as amount
    from person_year_outcome
),

covariates as (
    select person_id, year, position, cast(value as decimal(19, 0)) as value
    from covariate
)

select
    amounts.municipality,
    amounts.year,
    covariates.position as i,
    amounts.outcome,
    cast(sum(covariates.value * amounts.amount) as decimal(38, 0)) as total
from amounts
inner join covariates on amounts.person_id = covariates.person_id and amounts.year = covariates.year
group by amounts.municipality, amounts.year, covariates.position, amounts.outcome
