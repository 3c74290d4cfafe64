-- model: prior_work
-- grain: one row per person-year with a job in the year that counts as before it (person_id, year)
-- reads: population, stg_employment
-- params: base_year
-- The year before: the calendar year before the person-year, and from the first start in the study on the last calendar
-- year before that start. So nothing from the programme's time decides who has worked before, and never the outcome's
-- own year. A job on any calendar day counts, of any position, as for `employed`.
with person_years as (
    select person_id, year, least(year - 1, cast($base_year as integer)) as year_before
    from population
),

jobs as (
    select distinct person_id, year(start_date) as first_year, year(end_date - 1) as last_year
    from stg_employment
)

select distinct person_years.person_id, person_years.year
from person_years
inner join jobs
    on person_years.person_id = jobs.person_id
    and jobs.first_year <= person_years.year_before
    and jobs.last_year >= person_years.year_before
