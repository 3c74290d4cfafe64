-- model: employment_profile
-- grain: one row per month of start, year of end and source (start_year, start_month, end_year, source)
-- reads: extract_employment, period_spelling
-- params: employment_layout, employment_end_offset, last_year
-- All job rows in one pass, as counts. The days of a row are those it is about: of its month, week or year, cut by its
-- own start and end. end_year 9999: ongoing; 0: the row covers no day. far_end: an end more than ten years after the
-- study. period_malformed: no month, week or year can be read. outside_period: its own dates leave no day of it.
-- undated: a row of a month, week or year without dates of its own. extract_date: the latest.
with jobs as (
    select person_id, start_date, end_date, position_pct, source, extract_date, period
    from extract_employment
),

periods as (
    select spelling, first_day, next_day
    from period_spelling
    where layout = $employment_layout
),

described as (
    select
        jobs.person_id,
        jobs.start_date,
        jobs.end_date,
        jobs.position_pct,
        jobs.source,
        jobs.extract_date,
        case when jobs.start_date is null then 1 else 0 end as without_start,
        case when $employment_layout <> 'spells' and periods.first_day is null then 1 else 0 end as period_malformed,
        case when year(jobs.start_date) not between 1800 and 9999 then 1 else 0 end as odd_start,
        case when year(jobs.end_date) not between 1800 and 9999 then 1 else 0 end as odd_end,
        case
            when $employment_layout = 'spells' or periods.first_day is not null
                then greatest(jobs.start_date, periods.first_day)
        end as first_day,
        least(
            case
                when jobs.end_date < date '9999-12-30' then jobs.end_date + cast($employment_end_offset as integer)
                else date '9999-12-31'
            end,
            periods.next_day
        ) as next_day,
        periods.next_day as period_end
    from jobs
    left join periods on trim(jobs.period) = periods.spelling
)

select
    cast(year(first_day) as integer) as start_year,
    cast(month(first_day) as integer) as start_month,
    cast(case
        when next_day <= first_day then 0
        when next_day >= date '9999-12-30' then 9999
        else year(next_day - 1)
    end as integer) as end_year,
    source,
    cast(count(*) as bigint) as total,
    cast(count(*) filter (where person_id is null) as bigint) as person_missing,
    cast(count(*) filter (where $employment_layout = 'spells' and without_start = 1) as bigint) as start_missing,
    cast(count(*) filter (where period_malformed = 1) as bigint) as period_malformed,
    cast(count(*) filter (
        where $employment_layout <> 'spells' and without_start = 1 and end_date is null
    ) as bigint) as undated,
    cast(count(*) filter (where end_date < start_date) as bigint) as start_after_end,
    cast(count(*) filter (where end_date = start_date and $employment_end_offset = 0) as bigint) as no_days,
    cast(count(*) filter (
        where period_end is not null
            and next_day <= first_day
            and (
                start_date is null
                or end_date is null
                or end_date > start_date
                or (end_date = start_date and $employment_end_offset = 1)
            )
    ) as bigint) as outside_period,
    cast(count(*) filter (where odd_start = 1 or odd_end = 1) as bigint) as impossible_date,
    cast(count(*) filter (where odd_end = 0 and year(end_date) > $last_year + 10) as bigint) as far_end,
    cast(count(*) filter (where position_pct is null) as bigint) as position_missing,
    cast(count(*) filter (where position_pct < 0) as bigint) as position_negative,
    cast(count(*) filter (where position_pct = 0) as bigint) as position_zero,
    cast(count(*) filter (where position_pct > 100) as bigint) as position_above,
    cast(count(*) filter (where position_pct > 0) as bigint) as position_positive,
    cast(count(*) filter (where position_pct > 1) as bigint) as position_over_one,
    max(extract_date) as extract_date
from described
group by
    year(first_day),
    month(first_day),
    case when next_day <= first_day then 0 when next_day >= date '9999-12-30' then 9999 else year(next_day - 1) end,
    source
