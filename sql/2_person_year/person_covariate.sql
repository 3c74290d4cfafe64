-- model: person_covariate
-- grain: one row per considered person and covariate that is a column of persons (person_id, position)
-- reads: delivered_covariate, considered_year
-- params: none
-- delivered_covariate is the study's person columns made long; position is the place in the study's list.
with covariates as (
    select person_id, position, value
    from delivered_covariate
),

persons as (
    select distinct person_id
    from considered_year
)

select covariates.person_id, covariates.position, covariates.value
from covariates
inner join persons on covariates.person_id = persons.person_id
