-- model: employment_year
-- grain: one row per person of the study, year and group of jobs with a job (person_id, year, job_group)
-- reads: job_spell, study_year, calendar_day
-- params: measure, level_cap
-- workdays_e4: sum over the counted days of the year of min(sum of positions, cap), in 1/10000 day; with
-- measure `any job` a day with any job is one day. employment_days: counted days with a job.
-- employed: 1 where a job is held on any calendar day of the year, a weekend or holiday included.
-- A window of its own (window_year above 0) is one year, whatever calendar years it runs over.
-- One event sweep per person: every start and end of a spell changes the positions and jobs held. What is held between
-- two days is what falls away on the later one for all days before it, less what falls away on the earlier one for all
-- days before that; so each event counts the days of its year before it, times what falls (less than zero where a job
-- begins), and what is kept at the end of the year counts all its days. Events on one day need no order: they add up.
-- A window and a group of jobs begin and end without a job, so that one running sum passes through all of a person's. Two
-- numbers travel as one: moment holds window and group (place), calendar day and counted day (2 to the power of 20
-- each), change and level the number of jobs and, below 2 to the power of 44, the position.
with events as (
    select
        person_id,
        cast(window_year * 2 + job_group as bigint) * 1099511627776 + cast(start_day as bigint) * 1048576 + start_work as moment,
        cast(17592186044416 as bigint) + position as change
    from job_spell
    union all
    select
        person_id,
        cast(window_year * 2 + job_group as bigint) * 1099511627776 + cast(end_day as bigint) * 1048576 + end_work as moment,
        cast(-17592186044416 as bigint) - position as change
    from job_spell
),

calendar as (
    select calendar_day.day_index, calendar_day.year, study_year.day_index as year_day, study_year.work_index as year_work
    from calendar_day
    left join study_year on calendar_day.year = study_year.year
),

years as (
    select
        study_year.year,
        calendar_day.day_index - study_year.day_index as days,
        calendar_day.work_index - study_year.work_index as work_days
    from study_year
    inner join calendar_day on study_year.next_day = calendar_day.day_date
),

levels as (
    select
        person_id, moment, change,
        cast(sum(change) over (
            partition by person_id order by moment rows between unbounded preceding and current row
        ) as bigint) + 8796093022208 as level
    from events
),

steps as (
    select
        person_id,
        moment // 1099511627776 as place,
        cast(moment // 1048576 % 1048576 as integer) as day,
        cast(moment % 1048576 as integer) as work,
        case
            when level - change < 17592186044416 then 0
            when $measure = 'any job' then 10000
            else least((level - change) % 17592186044416 - 8796093022208, cast($level_cap as bigint))
        end - case
            when level < 17592186044416 then 0
            when $measure = 'any job' then 10000
            else least(level % 17592186044416 - 8796093022208, cast($level_cap as bigint))
        end as falls,
        case when level - change < 17592186044416 then 0 else 1 end - case when level < 17592186044416 then 0 else 1 end as job_falls
    from levels
),

in_year as (
    select
        steps.person_id, steps.place, steps.falls, steps.job_falls,
        case when steps.place < 2 then calendar.year else steps.place // 2 end as year,
        steps.day - case when steps.place < 2 then calendar.year_day else 0 end as day,
        steps.work - case when steps.place < 2 then calendar.year_work else 0 end as work
    from steps
    inner join calendar on steps.day = calendar.day_index
    where steps.falls <> 0 or steps.job_falls <> 0
),

year_sums as (
    select
        person_id, place, year, cast(sum(falls) as bigint) as falls, cast(sum(job_falls) as bigint) as job_falls,
        sum(falls * work) as workdays_e4, sum(job_falls * work) as work_days, sum(job_falls * day) as days
    from in_year
    group by person_id, place, year
),

kept as (
    select
        person_id, place, year, workdays_e4, work_days, days,
        lead(year) over (partition by person_id, place order by year) as next_year,
        -sum(falls) over (partition by person_id, place order by year) as level,
        -sum(job_falls) over (partition by person_id, place order by year) as jobs
    from year_sums
),

amounts as (
    select
        kept.person_id, kept.place, years.year, kept.workdays_e4 + kept.level * years.work_days as workdays_e4,
        kept.work_days + kept.jobs * years.work_days as employment_days, kept.days + kept.jobs * years.days as days
    from kept
    inner join years on kept.year = years.year
    union all
    select
        kept.person_id, kept.place, years.year, kept.level * years.work_days as workdays_e4,
        kept.jobs * years.work_days as employment_days, kept.jobs * years.days as days
    from kept
    inner join years on kept.year < years.year and kept.next_year > years.year and kept.next_year > kept.year + 1
)

select
    person_id, year, cast(place % 2 as integer) as job_group, cast(workdays_e4 as bigint) as workdays_e4,
    cast(employment_days as integer) as employment_days, cast(1 as integer) as employed
from amounts
where days > 0
