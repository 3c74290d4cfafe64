-- model: person_year_export
-- grain: one row per person-year of the study, as it is written to restricted/ (person_id, year)
-- reads: population, study_municipality
-- params: none
-- first_treated_year is empty for municipalities untreated in the window. Outcomes and covariates follow as columns.
with person_years as (
    select person_id, year, municipality, age, woman
    from population
),

study as (
    select municipality, arm, adoption_year
    from study_municipality
)

select
    person_years.person_id,
    person_years.year,
    person_years.municipality,
    study.arm,
    study.adoption_year as first_treated_year,
    person_years.age,
    person_years.woman
from person_years
inner join study on person_years.municipality = study.municipality
