-- model: population
-- grain: one row per person-year of the study (person_id, year)
-- reads: candidate_person_year
-- params: none
-- The person-years that pass every step of the selection: exactly those the estimates rest on.
with candidate as (
    select person_id, year, municipality, age, selection_age, woman, last_step
    from candidate_person_year
)

select person_id, year, municipality, age, selection_age, woman
from candidate
where last_step = 14
