-- model: state_year
-- grain: one row per person of the study and year with a job, the study's benefit or education (person_id, year)
-- reads: job_spell, benefit_spell, education_spell, study_outcome, study_year, calendar_day
-- params: benefit
-- One sweep over all three kinds of spells, so that days can be told by what holds together on them.
-- work_without_benefit: counted days with a job and without the study's benefit. active_days: calendar days with a job or
-- in education. Empty where no outcome of the study asks.
with asked as (
    select distinct kind
    from study_outcome
    where kind in ('work_without_benefit', 'neet_days')
),

spells as (
    select person_id, window_year, start_day, start_work, end_day, end_work, 1 as job, 0 as benefit, 0 as education
    from job_spell
    where job_group = 0 and exists (select 1 as found from asked)
    union all
    select person_id, window_year, start_day, start_work, end_day, end_work, 0 as job, 1 as benefit, 0 as education
    from benefit_spell
    where benefit = $benefit and exists (select 1 as found from asked where kind = 'work_without_benefit')
    union all
    select person_id, window_year, start_day, start_work, end_day, end_work, 0 as job, 0 as benefit, 1 as education
    from education_spell
    where exists (select 1 as found from asked where kind = 'neet_days')
),

years as (
    select day_index, work_index
    from study_year
),

calendar as (
    select day_index, year
    from calendar_day
),

events as (
    select person_id, window_year, start_day as day, start_work as work, job, benefit, education
    from spells
    union all
    select person_id, window_year, end_day as day, end_work as work, -job as job, -benefit as benefit, -education as education
    from spells
    union all
    select
        spells.person_id,
        spells.window_year,
        years.day_index as day,
        years.work_index as work,
        0 as job,
        0 as benefit,
        0 as education
    from spells
    inner join years on spells.start_day < years.day_index and spells.end_day > years.day_index
),

levels as (
    select
        person_id,
        window_year,
        day,
        sum(job) over (partition by person_id, window_year order by day) as jobs,
        sum(benefit) over (partition by person_id, window_year order by day) as benefits,
        sum(education) over (partition by person_id, window_year order by day) as educations,
        lead(day) over (partition by person_id, window_year order by day) - day as days,
        lead(work) over (partition by person_id, window_year order by day) - work as work_days
    from events
)

select
    levels.person_id,
    case when levels.window_year = 0 then calendar.year else levels.window_year end as year,
    cast(sum(case when levels.jobs > 0 and levels.benefits = 0 then levels.work_days else 0 end) as integer) as work_without_benefit,
    cast(sum(case when levels.jobs > 0 or levels.educations > 0 then levels.days else 0 end) as integer) as active_days
from levels
inner join calendar on levels.day = calendar.day_index
where levels.days > 0
group by levels.person_id, case when levels.window_year = 0 then calendar.year else levels.window_year end
