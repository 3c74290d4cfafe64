-- model: programme_start
-- grain: one row per municipality or unit that the rollout names with a start of the study's programme (municipality)
-- reads: extract_rollout
-- params: programme
-- As named, before codes become units of the study. The earliest start counts.
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        try_cast(nullif(trim(start_date), '') as date) as start_date
    from extract_rollout
    where cast($programme as varchar) is null or programme = $programme
)

select
    municipality,
    min(start_date) as start_date
from extract
where municipality is not null and start_date is not null
group by municipality
