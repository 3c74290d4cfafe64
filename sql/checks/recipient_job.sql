-- model: recipient_job
-- grain: one row per delivered job row of a recipient, duplicates included (none)
-- reads: extract_employment, recipient
-- params: none
-- Taken out of the employment files once, so that no comparison between rows runs over all of them.
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
where person_id in (select person_id from recipient)
