-- model: covariate
-- grain: one row per person-year and regressor made from a covariate (person_id, year, position)
-- reads: population, person_covariate, design_column
-- params: none
-- Covariates as whole numbers: a numeric column as it is, the study's age, or an indicator (1 or 0) of one
-- category of a text column. design_column lists the regressors: position, source (age or the position
-- of the person column), category (null for numbers); the reference category of a text column is not in it.
with person_years as (
    select person_id, year, age
    from population
),

covariates as (
    select person_id, position, value
    from person_covariate
),

design as (
    select position, source, category
    from design_column
)

select
    person_years.person_id,
    person_years.year,
    design.position,
    cast(person_years.age as bigint) as value
from person_years
inner join design on design.source = 0
union all
select
    person_years.person_id,
    person_years.year,
    design.position,
    case
        when design.category is null then cast(covariates.value as bigint)
        when covariates.value = design.category then cast(1 as bigint)
        else cast(0 as bigint)
    end as value
from person_years
inner join covariates on person_years.person_id = covariates.person_id
inner join design on covariates.position = design.source
