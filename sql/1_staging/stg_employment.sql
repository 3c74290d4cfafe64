-- model: stg_employment
-- grain: one row per distinct spell of a job of a person of the study (none)
-- reads: employment_extract, period_spelling
-- params: employment_layout, employment_end_offset
-- Half-open: employed from start_date up to, not including, end_date; an open end lasts to the end of time. A row of a
-- month, week or year is about all its days, cut by the job's own start and end where they are delivered, and a spell of
-- its own: a month that is missing stays missing. Exact duplicates of a delivered row count once.
-- Of several reports of one job the latest extract_date counts. One job is a person, employer, job_id and start (or month,
-- week, year); an empty employer is one employer. Rows of one job-month that are left and begin on the same day are one
-- spell: the row with the largest position counts, and what they earned is added.
-- bare: rows that tell nothing but employer, days and position; their duplicates are found by these columns alone.
-- hours: agreed weekly hours. earnings: amount paid for the days of the spell.
with bare as (
    select distinct person_id, employer_id, start_date, end_date, position_pct
    from employment_extract
    where $employment_layout = 'spells'
        and coalesce(job_id, job_kind, source) is null and coalesce(hours, earnings) is null and extract_date is null
),

extract as (
    select
        person_id, employer_id, job_id, period, start_date, end_date, position_pct, job_kind, hours, earnings, source,
        extract_date
    from employment_extract
    where $employment_layout <> 'spells'
        or coalesce(job_id, job_kind, source) is not null or coalesce(hours, earnings) is not null
        or extract_date is not null
),

periods as (
    select spelling, first_day, next_day from period_spelling where layout = $employment_layout
),

reports as (
    select
        extract.person_id, extract.employer_id, extract.job_id, extract.end_date as delivered_end,
        case when $employment_layout = 'spells' then extract.start_date else periods.first_day end as reported_from,
        greatest(extract.start_date, periods.first_day) as start_date,
        least(
            case
                when extract.end_date < date '9999-12-30' then extract.end_date + cast($employment_end_offset as integer)
                else date '9999-12-31'
            end,
            periods.next_day
        ) as end_date,
        extract.position_pct, extract.job_kind, extract.hours, extract.earnings, extract.source, extract.extract_date
    from extract
    left join periods on trim(extract.period) = periods.spelling
),

latest as (
    select person_id, employer_id, job_id, reported_from, max(extract_date) as extract_date
    from reports
    where extract_date is not null
    group by person_id, employer_id, job_id, reported_from
),

distinct_reports as (
    select distinct
        reports.person_id, reports.employer_id, reports.job_id, reports.reported_from, reports.start_date, reports.end_date,
        reports.delivered_end, reports.position_pct, reports.job_kind, reports.hours, reports.earnings, reports.source,
        reports.extract_date
    from reports
    left join latest
        on reports.person_id = latest.person_id
        and reports.reported_from = latest.reported_from
        and reports.employer_id is not distinct from latest.employer_id
        and reports.job_id is not distinct from latest.job_id
    where reports.reported_from is not null
        and reports.start_date < reports.end_date
        and (latest.extract_date is null or reports.extract_date = latest.extract_date)
),

plain as (
    select
        bare.person_id, bare.employer_id, bare.start_date,
        case
            when bare.end_date < date '9999-12-30' then bare.end_date + cast($employment_end_offset as integer)
            else date '9999-12-31'
        end as end_date,
        bare.position_pct
    from bare
    left join latest
        on bare.person_id = latest.person_id and bare.start_date = latest.reported_from
        and bare.employer_id is not distinct from latest.employer_id and latest.job_id is null
    where latest.person_id is null
),

job_periods as (
    select
        person_id, employer_id, job_id, start_date, end_date, position_pct, job_kind, hours,
        cast(sum(earnings) over (partition by person_id, employer_id, job_id, reported_from, start_date) as decimal(18, 2)) as earnings,
        source, extract_date,
        row_number() over (
            partition by person_id, employer_id, job_id, reported_from, start_date
            order by coalesce(position_pct, -1) desc, end_date desc, coalesce(hours, -1) desc,
                coalesce(job_kind, ''), coalesce(source, '')
        ) as place
    from distinct_reports
    where $employment_layout <> 'spells'
)

select
    person_id, employer_id, job_id, start_date, end_date, position_pct, job_kind, hours, earnings, source, extract_date
from distinct_reports
where $employment_layout = 'spells'
union all
select
    person_id, employer_id, job_id, start_date, end_date, position_pct, job_kind, hours, earnings, source, extract_date
from job_periods
where place = 1
union all
select
    person_id, employer_id, cast(null as varchar) as job_id, start_date, end_date, position_pct,
    cast(null as varchar) as job_kind, cast(null as decimal(18, 2)) as hours,
    cast(null as decimal(18, 2)) as earnings, cast(null as varchar) as source, cast(null as date) as extract_date
from plain
where start_date < end_date
