-- model: check_job_measure
-- grain: one row
-- reads: recipient_job
-- params: none
-- What job rows of recipients carry beside their days: kind, hours and earnings.
with jobs as (
    select job_kind, hours, earnings
    from recipient_job
)

select
    cast(count(*) as bigint) as total,
    cast(count(*) filter (where job_kind is null) as bigint) as kind_missing,
    cast(count(*) filter (where hours is null) as bigint) as hours_missing,
    cast(count(*) filter (where hours < 0) as bigint) as hours_negative,
    cast(count(*) filter (where hours > 168) as bigint) as hours_above_week,
    cast(count(*) filter (where earnings is null) as bigint) as earnings_missing,
    cast(count(*) filter (where earnings < 0) as bigint) as earnings_negative,
    cast(count(*) filter (where abs(earnings) > 1000000000) as bigint) as earnings_huge
from jobs
