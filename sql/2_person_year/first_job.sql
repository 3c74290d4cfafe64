-- model: first_job
-- grain: one row per person, window since entry and outcome on the time to a job (person_id, year, outcome)
-- reads: counted_year, job_spell, follow_up, study_outcome, calendar_day
-- params: none
-- days: calendar days from entry to the first day with a job, 0 with a job on the day of entry. The whole length of the
-- window for whoever has none in it, those who die or leave before its end included: its mean is the restricted mean of
-- the time to a job.
with years as (
    select person_id, year, window_year, first_day
    from counted_year
    where window_year > 0
),

spells as (
    select person_id, window_year, job_group, start_day
    from job_spell
),

followed as (
    select entry_date, until_date
    from follow_up
),

outcomes as (
    select outcome, job_group
    from study_outcome
    where kind = 'days_to_job'
),

calendar as (
    select day_date, day_index
    from calendar_day
),

first_days as (
    select person_id, window_year, job_group, min(start_day) as start_day
    from spells
    group by person_id, window_year, job_group
)

select
    years.person_id,
    years.year,
    outcomes.outcome,
    cast(
        coalesce(first_days.start_day - calendar.day_index, date_diff('day', years.first_day, followed.until_date)) as integer
    ) as days
from years
cross join outcomes
inner join followed on years.first_day = followed.entry_date
inner join calendar on years.first_day = calendar.day_date
left join first_days
    on years.person_id = first_days.person_id
    and years.window_year = first_days.window_year
    and outcomes.job_group = first_days.job_group
