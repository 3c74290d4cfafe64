-- model: covariate_category
-- grain: one row per text column and value seen in the study (position, value)
-- reads: population, person_covariate, text_covariate
-- params: none
-- From the counts of person-years the indicators of text columns and their reference are chosen.
with person_years as (
    select person_id, year
    from population
),

covariates as (
    select person_id, position, value
    from person_covariate
),

texts as (
    select position
    from text_covariate
)

select
    covariates.position,
    covariates.value,
    cast(count(*) as bigint) as person_years
from person_years
inner join covariates on person_years.person_id = covariates.person_id
inner join texts on covariates.position = texts.position
group by covariates.position, covariates.value
