-- model: employment_year
-- grain: one row per person of the study, year and group of jobs with a job (person_id, year, job_group)
-- reads: job_spell, study_year, calendar_day
-- params: measure, level_cap
-- One event sweep per person: every start and end of a spell changes the position and the number of jobs held, year
-- boundaries change nothing, and between two events both are constant.
-- workdays_e4: sum over the counted days of the year of min(sum of positions, cap), in 1/10000 day; with
-- measure `any job` a day with any job is one day. employment_days: counted days with a job.
-- employed: 1 where a job is held on any calendar day of the year, a weekend or holiday included.
-- A window of its own (window_year above 0) is one year, whatever calendar years it runs over.
-- Events on the same day need no order: their sums are equal (a range frame) and no days lie between them.
with spells as (
    select person_id, window_year, job_group, start_day, start_work, end_day, end_work, position
    from job_spell
),

years as (
    select year, day_index, work_index
    from study_year
),

calendar as (
    select day_index, year
    from calendar_day
),

events as (
    select
        person_id,
        window_year,
        job_group,
        start_day as day,
        start_work as work,
        position as position_change,
        1 as job_change
    from spells
    union all
    select
        person_id,
        window_year,
        job_group,
        end_day as day,
        end_work as work,
        -position as position_change,
        -1 as job_change
    from spells
    union all
    select
        spells.person_id,
        spells.window_year,
        spells.job_group,
        years.day_index as day,
        years.work_index as work,
        0 as position_change,
        0 as job_change
    from spells
    inner join years on spells.start_day < years.day_index and spells.end_day > years.day_index
),

levels as (
    select
        person_id,
        window_year,
        job_group,
        day,
        sum(position_change) over (partition by person_id, window_year, job_group order by day) as position,
        sum(job_change) over (partition by person_id, window_year, job_group order by day) as jobs,
        lead(day) over (partition by person_id, window_year, job_group order by day) - day as days,
        lead(work) over (partition by person_id, window_year, job_group order by day) - work as work_days
    from events
)

select
    levels.person_id,
    case when levels.window_year = 0 then calendar.year else levels.window_year end as year,
    levels.job_group,
    cast(sum(
        case
            when $measure = 'any job' then cast(10000 as bigint)
            else cast(least(levels.position, cast($level_cap as bigint)) as bigint)
        end * levels.work_days
    ) as bigint) as workdays_e4,
    cast(sum(levels.work_days) as integer) as employment_days,
    cast(1 as integer) as employed
from levels
inner join calendar on levels.day = calendar.day_index
where levels.days > 0 and levels.jobs > 0
group by
    levels.person_id,
    case when levels.window_year = 0 then calendar.year else levels.window_year end,
    levels.job_group
