-- model: recipient
-- grain: one row per person who ever has the study's benefit (person_id)
-- reads: extract_benefits
-- params: benefit
-- The persons whose spells are compared with each other; nobody else can enter the study.
with benefits as (
    select person_id, benefit
    from extract_benefits
)

select distinct person_id
from benefits
where benefit = $benefit
    and person_id is not null
