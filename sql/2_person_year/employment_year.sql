-- model: employment_year
-- grain: one row per person of the study, year and group of jobs with a job (person_id, year, job_group)
-- reads: job_spell, study_year, calendar_day
-- params: measure, level_cap
-- One event sweep per person: every start and end of a spell changes the position and the number of jobs held, and
-- between two events both are constant; these stretches are then cut at the ends of years.
-- workdays_e4: sum over the counted days of the year of min(sum of positions, cap), in 1/10000 day; with
-- measure `any job` a day with any job is one day. employment_days: counted days with a job.
-- employed: 1 where a job is held on any calendar day of the year, a weekend or holiday included.
-- A window of its own (window_year above 0) is one year, whatever calendar years it runs over.
-- Events on the same day need no order: their sums are equal (a range frame) and no days lie between them.
-- A window and a group of jobs begin and end without a job, so that one running sum passes through all of a person's. Two
-- numbers travel as one: moment holds window and group, calendar day and counted day (2 to the power of 20 each), change
-- and level the number of jobs and, below 2 to the power of 44, the position.
with spells as (
    select
        person_id,
        window_year,
        job_group,
        cast(window_year * 2 + job_group as bigint) * 1099511627776 as place,
        cast(start_day as bigint) * 1048576 + start_work as starts,
        cast(end_day as bigint) * 1048576 + end_work as ends,
        cast(17592186044416 as bigint) + position as change
    from job_spell
),

years as (
    select
        study_year.year,
        study_year.day_index,
        study_year.work_index,
        calendar_day.day_index as next_day_index,
        calendar_day.work_index as next_work_index
    from study_year
    inner join calendar_day on study_year.next_day = calendar_day.day_date
),

events as (
    select person_id, window_year, job_group, place + starts as moment, change
    from spells
    union all
    select person_id, window_year, job_group, place + ends as moment, -change as change
    from spells
),

levels as (
    select
        person_id,
        window_year,
        job_group,
        moment,
        lead(moment) over (partition by person_id order by moment) as next_moment,
        cast(sum(change) over (partition by person_id order by moment) as bigint) + 8796093022208 as level
    from events
),

stretches as (
    select
        person_id,
        window_year,
        job_group,
        level % 17592186044416 - 8796093022208 as position,
        moment // 1048576 % 1048576 as day,
        next_moment // 1048576 % 1048576 as next_day,
        moment % 1048576 as work,
        next_moment % 1048576 as next_work
    from levels
    where next_moment > moment and level >= 17592186044416
),

parts as (
    select
        stretches.person_id,
        years.year,
        stretches.job_group,
        stretches.position,
        least(stretches.next_work, years.next_work_index) - greatest(stretches.work, years.work_index) as work_days
    from stretches
    inner join years on stretches.day < years.next_day_index and stretches.next_day > years.day_index
    where stretches.window_year = 0
    union all
    select person_id, window_year as year, job_group, position, next_work - work as work_days
    from stretches
    where window_year > 0
)

select
    person_id,
    year,
    job_group,
    cast(sum(
        case
            when $measure = 'any job' then cast(10000 as bigint)
            else least(position, cast($level_cap as bigint))
        end * work_days
    ) as bigint) as workdays_e4,
    cast(sum(work_days) as integer) as employment_days,
    cast(1 as integer) as employed
from parts
group by person_id, year, job_group
