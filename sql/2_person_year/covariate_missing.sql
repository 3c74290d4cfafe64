-- model: covariate_missing
-- grain: one row per person with a covariate of the study unknown (person_id)
-- reads: person_covariate
-- params: none
-- Such persons leave: a regression on the rows would drop them too.
with covariates as (
    select person_id, value
    from person_covariate
)

select distinct person_id
from covariates
where value is null
