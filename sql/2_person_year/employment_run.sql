-- model: employment_run
-- grain: one row per person, window, group of jobs and unbroken run of employment (person_id, window_year, job_group, start_date)
-- reads: stg_employment, population_person, study_outcome, excluded_job_kind
-- params: sustained_gap_days
-- Half-open days from the first job of the run to the end of its last; at most sustained_gap_days calendar days without
-- a job lie between two jobs of one run, and these days belong to it. A run starts where its first job did, also before
-- the days of the person that can count; it ends with these days. Empty where no outcome of the study asks.
-- Jobs with the same days are one row: equal rows have no order, and the two running sums would see them in two.
with groups as (
    select distinct job_group
    from study_outcome
    where kind = 'sustained'
),

excluded as (
    select job_kind
    from excluded_job_kind
),

persons as (
    select person_id, window_year, counts_until
    from population_person
),

jobs as (
    select
        stg_employment.person_id,
        groups.job_group,
        stg_employment.start_date,
        stg_employment.end_date
    from stg_employment
    cross join groups
    left join excluded on stg_employment.job_kind = excluded.job_kind
    where groups.job_group = 0 or excluded.job_kind is null
),

clipped as (
    select distinct
        jobs.person_id,
        persons.window_year,
        jobs.job_group,
        jobs.start_date,
        least(jobs.end_date, persons.counts_until) as end_date
    from jobs
    inner join persons on jobs.person_id = persons.person_id
    where jobs.start_date < least(jobs.end_date, persons.counts_until)
),

ordered as (
    select
        person_id,
        window_year,
        job_group,
        start_date,
        end_date,
        max(end_date) over (
            partition by person_id, window_year, job_group
            order by start_date, end_date
            rows between unbounded preceding and 1 preceding
        ) as reached
    from clipped
),

numbered as (
    select
        person_id,
        window_year,
        job_group,
        start_date,
        end_date,
        sum(case when reached + cast($sustained_gap_days as integer) >= start_date then 0 else 1 end) over (
            partition by person_id, window_year, job_group
            order by start_date, end_date
            rows between unbounded preceding and current row
        ) as run
    from ordered
)

select
    person_id,
    window_year,
    job_group,
    min(start_date) as start_date,
    max(end_date) as end_date
from numbered
group by person_id, window_year, job_group, run
