-- model: check_last_year
-- grain: one row
-- reads: employment_profile, benefit_profile
-- params: first_year, last_year
-- Whether the delivery holds the whole last study year: the months at its end that are missing from the table of jobs and
-- from that of benefits. Months in which nothing begins are missing where at least five rows began in the same months of
-- every earlier study year; a latest extract_date inside or before the year makes the months from it on missing. Nothing
-- is judged where no row covers a day of the year: an empty year is an error.
with jobs as (
    select start_year, start_month, end_year, total, extract_date
    from employment_profile
),

benefits as (
    select start_year, start_month, end_year, total, extract_date
    from benefit_profile
),

rows_begun as (
    select 'employment' as delivered, start_year, start_month, end_year, total, extract_date from jobs
    union all
    select 'benefits' as delivered, start_year, start_month, end_year, total, extract_date from benefits
),

last_years as (
    select
        delivered,
        coalesce(sum(case when start_year <= $last_year and end_year >= $last_year then total else 0 end), 0) as running,
        coalesce(max(case when start_year = $last_year and end_year > 0 then start_month end), 0) as last_month,
        max(extract_date) as extract_date
    from rows_begun
    group by delivered
),

earlier as (
    select
        rows_begun.delivered,
        rows_begun.start_year,
        sum(rows_begun.total) as total
    from rows_begun
    inner join last_years on rows_begun.delivered = last_years.delivered
    where rows_begun.start_year between $first_year and $last_year - 1
        and rows_begun.end_year > 0
        and rows_begun.start_month > last_years.last_month
    group by rows_begun.delivered, rows_begun.start_year
),

usual as (
    select delivered, count(*) filter (where total >= 5) as years_begun
    from earlier
    group by delivered
),

missing as (
    select
        last_years.delivered,
        case
            when last_years.running = 0 then 0
            else greatest(
                case when usual.years_begun = $last_year - $first_year then 12 - last_years.last_month else 0 end,
                case
                    when year(last_years.extract_date) < $last_year then 12
                    when year(last_years.extract_date) = $last_year then 13 - month(last_years.extract_date)
                    else 0
                end
            )
        end as months
    from last_years
    left join usual on last_years.delivered = usual.delivered
)

select
    cast(coalesce(sum(case when delivered = 'employment' then months end), 0) as bigint) as employment_months,
    cast(coalesce(sum(case when delivered = 'benefits' then months end), 0) as bigint) as benefits_months,
    cast(12 as bigint) as months
from missing
