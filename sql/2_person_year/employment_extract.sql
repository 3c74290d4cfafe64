-- model: employment_extract
-- grain: one row per delivered job row that can touch a person's days, duplicates included (none)
-- reads: extract_employment, population_person
-- params: jobs_since, employment_layout
-- The only statement that touches the employment files, and it does nothing else: the restriction to the
-- study's persons then happens inside the scan. Spells that lie outside the days of their person are left there, unless
-- they tell when they were reported: then they may replace another. jobs_since: where the study looks at work before
-- those days, the day from which it does.
with jobs as (
    select
        person_id, employer_id, job_id, period, start_date, end_date, position_pct, job_kind, hours, earnings, source,
        extract_date
    from extract_employment
),

days as (
    select
        person_id,
        least(min(counts_from), cast($jobs_since as date)) as days_from,
        max(counts_until) as days_until
    from population_person
    group by person_id
)

select
    jobs.person_id, jobs.employer_id, jobs.job_id, jobs.period, jobs.start_date, jobs.end_date, jobs.position_pct,
    jobs.job_kind, jobs.hours, jobs.earnings, jobs.source, jobs.extract_date
from jobs
inner join days on jobs.person_id = days.person_id
where $employment_layout <> 'spells'
    or (
        jobs.start_date < days.days_until
        and (jobs.end_date is null or jobs.end_date >= days.days_from or jobs.extract_date is not null)
    )
