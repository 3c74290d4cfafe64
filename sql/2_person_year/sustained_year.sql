-- model: sustained_year
-- grain: one row per person-year and outcome with sustained employment (person_id, year, outcome)
-- reads: employment_run, counted_year, study_outcome
-- params: none
-- For outcomes of the kind sustained: on some counted day of the year an unbroken run of employment has lasted at least
-- the outcome's number of calendar days, that day included. So a run counts in the year in which it reaches the length
-- and in every year it goes on afterwards.
with runs as (
    select person_id, window_year, job_group, start_date, end_date
    from employment_run
),

years as (
    select person_id, year, window_year, first_day, next_day
    from counted_year
),

outcomes as (
    select outcome, job_group, run_days
    from study_outcome
    where kind = 'sustained'
)

select distinct years.person_id, years.year, outcomes.outcome
from years
inner join runs on years.person_id = runs.person_id and years.window_year = runs.window_year
inner join outcomes on runs.job_group = outcomes.job_group
where greatest(runs.start_date + (outcomes.run_days - 1), years.first_day) < least(runs.end_date, years.next_day)
