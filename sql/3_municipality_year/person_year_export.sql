-- model: person_year_export
-- grain: one row per person-year of the study, as it is written to restricted/ (person_id, year)
-- reads: person_year, study_municipality
-- params: none
-- first_treated_year is empty for municipalities untreated in the window; workdays in days beside the exact
-- whole number of 1/10000 days.
with person_years as (
    select
        person_id, year, municipality, age, woman, workdays_e4, employed, employment_days, benefit_days
    from person_year
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
    person_years.woman,
    person_years.workdays_e4,
    cast(person_years.workdays_e4 as double) / 10000 as workdays,
    person_years.employed,
    person_years.employment_days,
    person_years.benefit_days
from person_years
inner join study on person_years.municipality = study.municipality
