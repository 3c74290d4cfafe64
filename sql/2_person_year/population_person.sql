-- model: population_person
-- grain: one row per person of the study (person_id)
-- reads: population, study_year, stg_person
-- params: none
-- The days of a person that can count, half-open: from the start of the first year in the population up to the
-- end of the last, and not after the day of death. Days in between may fall in years outside the population;
-- they are counted and then not used.
with person_years as (
    select person_id, year
    from population
),

years as (
    select year, first_day, next_day
    from study_year
),

deaths as (
    select person_id, death_date
    from stg_person
),

span as (
    select
        person_years.person_id,
        min(years.first_day) as counts_from,
        max(years.next_day) as counts_until
    from person_years
    inner join years on person_years.year = years.year
    group by person_years.person_id
)

select
    span.person_id,
    span.counts_from,
    least(coalesce(deaths.death_date + 1, span.counts_until), span.counts_until) as counts_until
from span
left join deaths on span.person_id = deaths.person_id
