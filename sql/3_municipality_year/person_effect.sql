-- model: person_effect
-- grain: one row per person and municipality whose exposure the person has: one person effect (person_id, municipality)
-- reads: person_effect_year
-- params: none
-- seen: in which years, as the sum of their bits.
with person_years as (
    select person_id, municipality, bit
    from person_effect_year
)

select
    person_id,
    municipality,
    cast(sum(bit) as bigint) as seen
from person_years
group by person_id, municipality
