-- model: check_job
-- grain: one row
-- reads: recipient_job, extract_persons
-- params: employment_end_offset
-- Comparisons between job rows of the same recipient. repeated: rows beyond the first of equal rows. overlapping: distinct
-- jobs that begin while an earlier one runs. after_death: jobs with an end that run on after the day of death, or begin after it.
with jobs as (
    select person_id, employer_id, start_date, end_date, position_pct
    from recipient_job
),

distinct_jobs as (
    select distinct person_id, employer_id, start_date, end_date, position_pct
    from jobs
),

deaths as (
    select person_id, min(death_date) as death_date
    from extract_persons
    where death_date is not null
    group by person_id
),

described as (
    select
        jobs.person_id,
        jobs.employer_id,
        jobs.start_date,
        jobs.position_pct,
        case
            when jobs.end_date < date '9999-12-30' then jobs.end_date + cast($employment_end_offset as integer) - 1
        end as last_day,
        deaths.death_date
    from distinct_jobs as jobs
    left join deaths on jobs.person_id = deaths.person_id
),

ordered as (
    select
        start_date,
        last_day,
        death_date,
        max(coalesce(last_day, date '9999-12-31')) over (
            partition by person_id
            order by start_date, coalesce(last_day, date '9999-12-31'), employer_id, position_pct
            rows between unbounded preceding and 1 preceding
        ) as earlier_last_day
    from described
    where start_date is not null
        and (last_day is null or last_day >= start_date)
),

counted as (
    select
        count(*) as distinct_total,
        count(*) filter (where start_date <= earlier_last_day) as overlapping,
        count(*) filter (where last_day > death_date or start_date > death_date) as after_death
    from ordered
),

delivered as (
    select count(*) as total
    from jobs
),

deduplicated as (
    select count(*) as total
    from distinct_jobs
)

select
    cast(delivered.total as bigint) as total,
    cast(delivered.total - deduplicated.total as bigint) as repeated,
    cast(counted.distinct_total as bigint) as distinct_total,
    cast(counted.overlapping as bigint) as overlapping,
    cast(counted.after_death as bigint) as after_death
from delivered
cross join deduplicated
cross join counted
