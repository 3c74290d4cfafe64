-- model: check_job_kind
-- grain: one row
-- reads: extract_employment, excluded_job_kind
-- params: none
-- kinds: kinds of job that the study excludes from competitive employment; absent: those that no job row has.
with excluded as (
    select job_kind
    from excluded_job_kind
),

found as (
    select distinct extract_employment.job_kind
    from extract_employment
    inner join excluded on extract_employment.job_kind = excluded.job_kind
)

select
    cast(count(*) as bigint) as kinds,
    cast(count(*) filter (where found.job_kind is null) as bigint) as absent
from excluded
left join found on excluded.job_kind = found.job_kind
