-- model: job_spell
-- grain: one row per distinct job row with a day that can count, in calendar numbers (none)
-- reads: employment_extract, population_person, calendar_day
-- params: employment_end_offset
-- Half-open spells [start, end), cut to the days of the person that can count. Exact duplicates of a delivered
-- row count once. position is in hundredths of a percent (10000 = full time); a job without a
-- known position is employment with position 0. *_day numbers calendar days, *_work counted days.
with jobs as (
    select person_id, employer_id, start_date, end_date, position_pct
    from employment_extract
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
        jobs.employer_id,
        jobs.start_date as delivered_start,
        jobs.end_date as delivered_end,
        jobs.position_pct,
        greatest(jobs.start_date, persons.counts_from) as start_date,
        least(
            least(coalesce(jobs.end_date, persons.counts_until), persons.counts_until)
            + cast($employment_end_offset as integer),
            persons.counts_until
        ) as end_date
    from jobs
    inner join persons on jobs.person_id = persons.person_id
),

distinct_jobs as (
    select distinct
        person_id, window_year, employer_id, delivered_start, delivered_end, position_pct, start_date, end_date
    from clipped
    where start_date < end_date
)

select
    distinct_jobs.person_id,
    distinct_jobs.window_year,
    starts.day_index as start_day,
    starts.work_index as start_work,
    ends.day_index as end_day,
    ends.work_index as end_work,
    cast(round(coalesce(distinct_jobs.position_pct, 0) * 100) as integer) as position
from distinct_jobs
inner join calendar as starts on distinct_jobs.start_date = starts.day_date
inner join calendar as ends on distinct_jobs.end_date = ends.day_date
