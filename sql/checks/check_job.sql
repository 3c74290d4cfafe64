-- model: check_job
-- grain: one row
-- reads: recipient_job, recipient_job_spell, extract_persons
-- params: none
-- Comparisons between job rows of the same recipient. repeated: rows beyond the first of equal rows. reported_again:
-- distinct rows that another report of the same job replaces. overlapping: jobs that are left and begin while an earlier
-- one runs. after_death: those with an end that run on after the day of death, or begin after it. same_start: distinct
-- rows that share person, employer, job, start and day of extraction with another one; distinct_rows: of those.
with jobs as (
    select
        person_id, employer_id, job_id, period, start_date, end_date, position_pct, job_kind, hours, earnings, source,
        extract_date
    from recipient_job
),

distinct_jobs as (
    select distinct
        person_id, employer_id, job_id, period, start_date, end_date, position_pct, job_kind, hours, earnings, source,
        extract_date
    from jobs
),

spells as (
    select person_id, employer_id, first_day, last_day, position_pct, replaced
    from recipient_job_spell
),

deaths as (
    select person_id, min(death_date) as death_date
    from extract_persons
    where death_date is not null
    group by person_id
),

ordered as (
    select
        spells.first_day,
        spells.last_day,
        deaths.death_date,
        max(spells.last_day) over (
            partition by spells.person_id
            order by spells.first_day, spells.last_day, spells.employer_id, spells.position_pct
            rows between unbounded preceding and 1 preceding
        ) as earlier_last_day
    from spells
    left join deaths on spells.person_id = deaths.person_id
    where spells.replaced = 0
),

counted as (
    select
        count(*) as distinct_total,
        count(*) filter (where first_day <= earlier_last_day) as overlapping,
        count(*) filter (
            where (last_day < date '9999-12-29' and last_day > death_date) or first_day > death_date
        ) as after_death
    from ordered
),

replacements as (
    select count(*) as reported_again
    from spells
    where replaced = 1
),

delivered as (
    select count(*) as total
    from jobs
),

starts as (
    select count(*) as times
    from distinct_jobs
    where start_date is not null
    group by person_id, employer_id, job_id, start_date, extract_date
),

shared as (
    select cast(coalesce(sum(times), 0) as bigint) as same_start
    from starts
    where times > 1
),

deduplicated as (
    select count(*) as total
    from distinct_jobs
)

select
    cast(delivered.total as bigint) as total,
    cast(delivered.total - deduplicated.total as bigint) as repeated,
    cast(replacements.reported_again as bigint) as reported_again,
    cast(deduplicated.total as bigint) as distinct_rows,
    shared.same_start,
    cast(counted.distinct_total as bigint) as distinct_total,
    cast(counted.overlapping as bigint) as overlapping,
    cast(counted.after_death as bigint) as after_death
from delivered
cross join deduplicated
cross join replacements
cross join shared
cross join counted
