-- model: job_part
-- grain: one row per job row and study year in which it lies, with its hours and earnings (none)
-- reads: stg_employment, population_person, study_outcome, excluded_job_kind, study_year, calendar_day
-- params: horizon
-- The days of the row that can count in the year, as numbers: days_before and days_until count calendar days from the
-- start of the row to the first of them and past the last, row_days all of the row; work_days are counted days. An open
-- row, or one that ends more than ten years after the study, runs to the horizon. hours and earnings are in hundredths;
-- unknown ones are 0, negative hours too, and no row has more than 100,000 hours or a billion either way.
-- Empty where no outcome of the study asks.
with groups as (
    select distinct job_group
    from study_outcome
    where kind in ('hours', 'earnings')
),

excluded as (
    select job_kind
    from excluded_job_kind
),

persons as (
    select person_id, window_year, counts_from, counts_until
    from population_person
),

years as (
    select year, first_day, next_day
    from study_year
),

calendar as (
    select day_date, work_index
    from calendar_day
),

jobs as (
    select
        stg_employment.person_id,
        groups.job_group,
        stg_employment.start_date,
        case
            when stg_employment.end_date < cast($horizon as date) + 3653 then stg_employment.end_date
            else greatest(cast($horizon as date), stg_employment.start_date + 1)
        end as end_date,
        cast(round(greatest(0, least(100000, coalesce(stg_employment.hours, 0))) * 100) as bigint) as hours,
        cast(round(greatest(-1000000000, least(1000000000, coalesce(stg_employment.earnings, 0))) * 100) as bigint) as earnings
    from stg_employment
    cross join groups
    left join excluded on stg_employment.job_kind = excluded.job_kind
    where (groups.job_group = 0 or excluded.job_kind is null)
        and (stg_employment.hours is not null or stg_employment.earnings is not null)
),

parts as (
    select
        jobs.person_id,
        persons.window_year,
        years.year as study_year,
        jobs.job_group,
        jobs.hours,
        jobs.earnings,
        jobs.start_date,
        jobs.end_date,
        greatest(jobs.start_date, greatest(persons.counts_from, years.first_day)) as first_day,
        least(jobs.end_date, least(persons.counts_until, years.next_day)) as next_day
    from jobs
    inner join persons
        on jobs.person_id = persons.person_id
        and jobs.start_date < persons.counts_until
        and jobs.end_date > persons.counts_from
    inner join years on jobs.start_date < years.next_day and jobs.end_date > years.first_day
)

select
    parts.person_id,
    parts.window_year,
    parts.study_year,
    parts.job_group,
    parts.hours,
    parts.earnings,
    cast(date_diff('day', parts.start_date, parts.end_date) as bigint) as row_days,
    cast(date_diff('day', parts.start_date, parts.first_day) as bigint) as days_before,
    cast(date_diff('day', parts.start_date, parts.next_day) as bigint) as days_until,
    ends.work_index - starts.work_index as work_days
from parts
inner join calendar as starts on parts.first_day = starts.day_date
inner join calendar as ends on parts.next_day = ends.day_date
where parts.first_day < parts.next_day
