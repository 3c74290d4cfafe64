-- model: person_group
-- grain: one row per municipality and set of years in which somebody is seen (municipality, seen)
-- reads: person_effect
-- params: none
-- Persons of a municipality seen in the same years have the same regressors less their own mean, so their sums are all
-- that a regression with person effects needs of them.
with effects as (
    select person_id, municipality, seen
    from person_effect
)

select
    municipality,
    seen,
    cast(count(*) as bigint) as persons
from effects
group by municipality, seen
