-- model: job_spell
-- grain: one row per job spell with a day that can count and group of jobs it is in, in calendar numbers (none)
-- reads: stg_employment, population_person, study_outcome, excluded_job_kind, calendar_day
-- params: none
-- Half-open spells [start, end), cut to the days of the person that can count. position is in hundredths of a percent
-- (10000 = full time); a job without a known position is employment with position 0. *_day numbers calendar days, *_work
-- counted days. job_group 0 holds all jobs; 1, where an outcome of the study asks, those of no kind that the study
-- excludes from competitive employment, jobs of unknown kind included.
with jobs as (
    select person_id, start_date, end_date, position_pct, job_kind
    from stg_employment
),

groups as (
    select distinct job_group
    from study_outcome
    union
    select 0 as job_group
),

excluded as (
    select job_kind
    from excluded_job_kind
),

persons as (
    select person_id, window_year, counts_from, counts_until
    from population_person
),

calendar as (
    select day_date, day_index, work_index
    from calendar_day
),

clipped as (
    select
        jobs.person_id,
        persons.window_year,
        groups.job_group,
        jobs.position_pct,
        greatest(jobs.start_date, persons.counts_from) as start_date,
        least(jobs.end_date, persons.counts_until) as end_date
    from jobs
    inner join persons on jobs.person_id = persons.person_id
    cross join groups
    left join excluded on jobs.job_kind = excluded.job_kind
    where groups.job_group = 0 or excluded.job_kind is null
)

select
    clipped.person_id,
    clipped.window_year,
    cast(clipped.job_group as integer) as job_group,
    starts.day_index as start_day,
    starts.work_index as start_work,
    ends.day_index as end_day,
    ends.work_index as end_work,
    cast(round(coalesce(clipped.position_pct, 0) * 100) as integer) as position
from clipped
inner join calendar as starts on clipped.start_date = starts.day_date
inner join calendar as ends on clipped.end_date = ends.day_date
where clipped.start_date < clipped.end_date
