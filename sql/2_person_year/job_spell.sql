-- model: job_spell
-- grain: one row per distinct job row with a day in the window, in calendar numbers (none)
-- reads: employment_extract, population_person, calendar_day
-- params: first_day, horizon, employment_end_offset
-- Half-open spells [start, end), cut to the window and to the day of death. Exact duplicates of a delivered
-- row count once. position is in hundredths of a percent (10000 = full time); a job without a
-- known position is employment with position 0. *_day numbers calendar days, *_work counted days.
with jobs as (
    select distinct person_id, employer_id, start_date, end_date, position_pct
    from employment_extract
),

persons as (
    select person_id, alive_until
    from population_person
),

calendar as (
    select day_date, day_index, work_index
    from calendar_day
),

clipped as (
    select
        jobs.person_id,
        greatest(jobs.start_date, cast($first_day as date)) as start_date,
        least(
            coalesce(jobs.end_date, cast($horizon as date)) + cast($employment_end_offset as integer),
            persons.alive_until
        ) as end_date,
        cast(round(coalesce(jobs.position_pct, 0) * 100) as integer) as position
    from jobs
    inner join persons on jobs.person_id = persons.person_id
)

select
    clipped.person_id,
    starts.day_index as start_day,
    starts.work_index as start_work,
    ends.day_index as end_day,
    ends.work_index as end_work,
    clipped.position
from clipped
inner join calendar as starts on clipped.start_date = starts.day_date
inner join calendar as ends on clipped.end_date = ends.day_date
where clipped.start_date < clipped.end_date
