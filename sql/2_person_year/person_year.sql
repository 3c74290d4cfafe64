-- model: person_year
-- grain: one row per person-year of the study (person_id, year)
-- reads: population, employment_year, benefit_year
-- params: none
-- The outcomes of each person-year; no job and no benefit are zeros, not gaps.
with population as (
    select person_id, year, municipality, age, woman
    from population
),

employment as (
    select person_id, year, workdays_e4, employment_days, employed
    from employment_year
),

benefits as (
    select person_id, year, benefit_days
    from benefit_year
)

select
    population.person_id,
    population.year,
    population.municipality,
    population.age,
    population.woman,
    coalesce(employment.workdays_e4, 0) as workdays_e4,
    coalesce(employment.employed, 0) as employed,
    coalesce(employment.employment_days, 0) as employment_days,
    coalesce(benefits.benefit_days, 0) as benefit_days
from population
left join employment on population.person_id = employment.person_id and population.year = employment.year
left join benefits on population.person_id = benefits.person_id and population.year = benefits.year
