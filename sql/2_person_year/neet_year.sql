-- model: neet_year
-- grain: one row per person-year and NEET outcome of the study that is not zero (person_id, year, outcome)
-- reads: counted_year, state_year, job_spell, education_spell, study_outcome, calendar_day
-- params: none
-- Neither in employment nor in education: neet_days are the calendar days that count less those with a job or in
-- education, neet_on is 1 where the outcome's date counts and has neither. Days after death do not count.
with years as (
    select person_id, year, window_year, first_day, next_day
    from counted_year
),

states as (
    select person_id, year, active_days
    from state_year
),

outcomes as (
    select outcome, kind, month_of_year, day_of_month
    from study_outcome
    where kind in ('neet_days', 'neet_on')
),

calendar as (
    select day_date, day_index, year
    from calendar_day
),

dates as (
    select outcomes.outcome, calendar.year, calendar.day_date, calendar.day_index
    from outcomes
    inner join calendar
        on month(calendar.day_date) = outcomes.month_of_year
        and day(calendar.day_date) = outcomes.day_of_month
    where outcomes.kind = 'neet_on'
),

spells as (
    select person_id, start_day, end_day
    from job_spell
    where job_group = 0 and window_year = 0
    union all
    select person_id, start_day, end_day
    from education_spell
    where window_year = 0
),

active as (
    select distinct spells.person_id, dates.outcome, dates.year
    from spells
    inner join dates on spells.start_day <= dates.day_index and spells.end_day > dates.day_index
),

idle_days as (
    select
        years.person_id,
        years.year,
        outcomes.outcome,
        cast(date_diff('day', years.first_day, years.next_day) - coalesce(states.active_days, 0) as bigint) as amount
    from years
    inner join outcomes on outcomes.kind = 'neet_days'
    left join states on years.person_id = states.person_id and years.year = states.year
    where years.first_day < years.next_day
),

idle_on as (
    select years.person_id, years.year, dates.outcome, cast(1 as bigint) as amount
    from years
    inner join dates
        on years.year = dates.year
        and years.first_day <= dates.day_date
        and years.next_day > dates.day_date
    left join active
        on years.person_id = active.person_id
        and years.year = active.year
        and dates.outcome = active.outcome
    where active.person_id is null
)

select person_id, year, outcome, amount
from idle_days
where amount <> 0
union all
select person_id, year, outcome, amount
from idle_on
