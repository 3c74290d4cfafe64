-- model: employment_extract
-- grain: one row per delivered job row of a person of the study, duplicates included (none)
-- reads: extract_employment, population_person
-- params: none
-- The only statement that touches the employment files, and it does nothing else: the restriction to the
-- study's persons then happens inside the scan.
with jobs as (
    select
        person_id, employer_id, job_id, period, start_date, end_date, position_pct, job_kind, hours, earnings, source,
        extract_date
    from extract_employment
)

select
    person_id, employer_id, job_id, period, start_date, end_date, position_pct, job_kind, hours, earnings, source,
    extract_date
from jobs
where person_id in (select person_id from population_person)
