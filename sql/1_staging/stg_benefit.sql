-- model: stg_benefit
-- grain: one row per distinct spell of the study's benefit (person_id, start_date, end_date)
-- reads: stg_benefit_spell
-- params: benefit
-- Spells of the benefit that defines the population, half-open: the person receives from start_date up to, not
-- including, end_date.
with spells as (
    select person_id, benefit, start_date, end_date, source, extract_date
    from stg_benefit_spell
)

select person_id, start_date, end_date, source, extract_date
from spells
where benefit = $benefit
