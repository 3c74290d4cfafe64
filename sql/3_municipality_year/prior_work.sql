-- model: prior_work
-- grain: one row per person-year with a job in the year that counts as before it (person_id, year)
-- reads: population, employment_extract
-- params: base_year, employment_end_offset
-- The year before: the calendar year before the person-year, and from the first start in the study on the last calendar
-- year before that start. So nothing from the programme's time decides who has worked before, and never the outcome's
-- own year. A job on any calendar day counts, of any position, as for `employed`.
with person_years as (
    select person_id, year, least(year - 1, cast($base_year as integer)) as year_before
    from population
),

jobs as (
    select distinct
        person_id,
        year(start_date) as first_year,
        case
            when end_date < date '9999-12-30' then year(end_date + cast($employment_end_offset as integer) - 1)
            else 9999
        end as last_year
    from employment_extract
    where end_date is null
        or end_date >= date '9999-12-30'
        or end_date + cast($employment_end_offset as integer) > start_date
)

select distinct person_years.person_id, person_years.year
from person_years
inner join jobs
    on person_years.person_id = jobs.person_id
    and jobs.first_year <= person_years.year_before
    and jobs.last_year >= person_years.year_before
