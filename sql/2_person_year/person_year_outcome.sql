-- model: person_year_outcome
-- grain: one row per person-year of the study and outcome that is not zero (person_id, year, outcome)
-- reads: population, study_outcome, employment_year, benefit_year, employed_date, sustained_year, job_amount, state_year, neet_year, first_job
-- params: none
-- amount: a whole number in the unit of the outcome's kind (workdays in 1/10000 day, hours in 1/1000, earnings in 1/100).
-- A zero adds nothing and is left out, so that absent rows are zeros: no job and no benefit are zeros, not gaps.
with person_years as (
    select person_id, year, municipality
    from population
),

outcomes as (
    select outcome, kind, job_group, benefit
    from study_outcome
),

employment as (
    select person_id, year, job_group, workdays_e4, employment_days, employed
    from employment_year
),

amounts as (
    select
        employment.person_id,
        employment.year,
        outcomes.outcome,
        cast(case outcomes.kind
            when 'workdays' then employment.workdays_e4
            when 'employed' then employment.employed
            else employment.employment_days
        end as bigint) as amount
    from employment
    inner join outcomes
        on employment.job_group = outcomes.job_group
        and outcomes.kind in ('workdays', 'employed', 'employment_days')
    union all
    select job_amount.person_id, job_amount.year, outcomes.outcome,
        case when outcomes.kind = 'hours' then job_amount.hours_e3 else job_amount.earnings_e2 end as amount
    from job_amount
    inner join outcomes
        on job_amount.job_group = outcomes.job_group
        and outcomes.kind in ('hours', 'earnings')
    union all
    select benefit_year.person_id, benefit_year.year, outcomes.outcome, cast(benefit_year.benefit_days as bigint) as amount
    from benefit_year
    inner join outcomes on outcomes.kind = 'benefit_days' and benefit_year.benefit = outcomes.benefit
    union all
    select state_year.person_id, state_year.year, outcomes.outcome, cast(state_year.work_without_benefit as bigint) as amount
    from state_year
    inner join outcomes on outcomes.kind = 'work_without_benefit'
    union all
    select person_id, year, outcome, cast(1 as bigint) as amount
    from employed_date
    union all
    select person_id, year, outcome, cast(1 as bigint) as amount
    from sustained_year
    union all
    select person_id, year, outcome, amount
    from neet_year
    union all
    select person_id, year, outcome, cast(days as bigint) as amount
    from first_job
)

select
    person_years.person_id,
    person_years.year,
    person_years.municipality,
    amounts.outcome,
    amounts.amount
from person_years
inner join amounts on person_years.person_id = amounts.person_id and person_years.year = amounts.year
where amounts.amount <> 0
