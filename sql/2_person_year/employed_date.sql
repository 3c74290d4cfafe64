-- model: employed_date
-- grain: one row per person, year and outcome with a job on the outcome's date (person_id, year, outcome)
-- reads: job_spell, study_outcome, calendar_day
-- params: none
-- For outcomes of the kind employed_on: a job held on that date of the calendar year, of whatever position.
with spells as (
    select person_id, job_group, start_day, end_day
    from job_spell
    where window_year = 0
),

outcomes as (
    select outcome, job_group, month_of_year, day_of_month
    from study_outcome
    where kind = 'employed_on'
),

calendar as (
    select day_date, day_index, year
    from calendar_day
),

dates as (
    select outcomes.outcome, outcomes.job_group, calendar.year, calendar.day_index
    from outcomes
    inner join calendar
        on month(calendar.day_date) = outcomes.month_of_year
        and day(calendar.day_date) = outcomes.day_of_month
)

select distinct spells.person_id, dates.year, dates.outcome
from spells
inner join dates
    on spells.job_group = dates.job_group
    and spells.start_day <= dates.day_index
    and spells.end_day > dates.day_index
