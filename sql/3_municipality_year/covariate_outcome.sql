-- model: covariate_outcome
-- grain: one row per municipality, year, regressor and outcome (municipality, year, i, outcome)
-- reads: person_year, covariate
-- params: none
-- Sums of regressor times outcome over the person-years of the cell; workdays in 1/10000 day.
with person_years as (
    select person_id, year, municipality, workdays_e4, employed, employment_days, benefit_days
    from person_year
),

covariates as (
    select person_id, year, position, value
    from covariate
),

outcomes as (
    select person_id, year, municipality, 'workdays' as outcome, cast(workdays_e4 as decimal(19, 0)) as amount
    from person_years
    union all
    select person_id, year, municipality, 'employed' as outcome, cast(employed as decimal(19, 0)) as amount
    from person_years
    union all
    select person_id, year, municipality, 'employment_days' as outcome, cast(employment_days as decimal(19, 0)) as amount
    from person_years
    union all
    select person_id, year, municipality, 'benefit_days' as outcome, cast(benefit_days as decimal(19, 0)) as amount
    from person_years
)

select
    outcomes.municipality,
    outcomes.year,
    covariates.position as i,
    outcomes.outcome,
    cast(sum(cast(covariates.value as decimal(19, 0)) * outcomes.amount) as decimal(38, 0)) as total
from outcomes
inner join covariates on outcomes.person_id = covariates.person_id and outcomes.year = covariates.year
group by outcomes.municipality, outcomes.year, covariates.position, outcomes.outcome
