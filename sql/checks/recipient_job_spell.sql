-- model: recipient_job_spell
-- grain: one row per distinct delivered job row of a recipient that covers a day (none)
-- reads: recipient_job, period_spelling
-- params: employment_layout, employment_end_offset
-- The days a row is about, the last one included; of an ongoing one 9999-12-30. replaced: 1 where a later extract of the
-- same job (person, employer, job_id and start, or month, week, year) replaces the row, or, in a month, week or year,
-- another row of the job that begins on the same day and has the larger position.
with jobs as (
    select
        person_id, employer_id, job_id, period, start_date, end_date, position_pct, job_kind, hours, earnings, source,
        extract_date
    from recipient_job
),

periods as (
    select spelling, first_day, next_day
    from period_spelling
    where layout = $employment_layout
),

distinct_jobs as (
    select distinct
        person_id, employer_id, job_id, period, start_date, end_date, position_pct, job_kind, hours, earnings, source,
        extract_date
    from jobs
),

reports as (
    select
        jobs.person_id,
        jobs.employer_id,
        jobs.job_id,
        case when $employment_layout = 'spells' then jobs.start_date else periods.first_day end as reported_from,
        greatest(jobs.start_date, periods.first_day) as first_day,
        least(
            case
                when jobs.end_date < date '9999-12-30' then jobs.end_date + cast($employment_end_offset as integer)
                else date '9999-12-31'
            end,
            periods.next_day
        ) - 1 as last_day,
        jobs.position_pct,
        jobs.extract_date
    from distinct_jobs as jobs
    left join periods on trim(jobs.period) = periods.spelling
),

judged as (
    select
        person_id,
        employer_id,
        first_day,
        last_day,
        position_pct,
        extract_date,
        max(extract_date) over (partition by person_id, employer_id, job_id, reported_from) as latest,
        row_number() over (
            partition by person_id, employer_id, job_id, reported_from, first_day
            order by
                coalesce(extract_date, date '0001-01-01') desc, coalesce(position_pct, -1) desc, last_day desc
        ) as place
    from reports
    where reported_from is not null
        and first_day <= last_day
)

select
    person_id,
    employer_id,
    first_day,
    last_day,
    position_pct,
    cast(case
        when latest is not null and (extract_date is null or extract_date < latest) then 1
        when $employment_layout <> 'spells' and place > 1 then 1
        else 0
    end as integer) as replaced
from judged
