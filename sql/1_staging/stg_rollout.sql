-- model: stg_rollout
-- grain: one row per municipality with a start of the study's programme (municipality)
-- reads: extract_rollout, municipality_unit
-- params: programme, rollout_end_offset
-- Rows of other programmes are left out where the study names one. The earliest start counts; the
-- programme ends with its last end, and a gap between two rows does not end it. Half-open; an open end
-- is 9999-12-31. Codes become the units of the study. A start that is no date leaves the row out (a contract error).
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        try_cast(nullif(trim(start_date), '') as date) as start_date,
        try_cast(nullif(trim(end_date), '') as date) as end_date,
        programme
    from extract_rollout
),

units as (
    select municipality, unit
    from municipality_unit
),

chosen as (
    select
        municipality,
        programme,
        start_date,
        case
            when end_date < date '9999-12-30' then end_date + cast($rollout_end_offset as integer)
            else date '9999-12-31'
        end as end_date
    from extract
    where municipality is not null
        and start_date is not null
        and (cast($programme as varchar) is null or programme = $programme)
)

select
    coalesce(units.unit, chosen.municipality) as municipality,
    min(chosen.start_date) as start_date,
    max(chosen.end_date) as end_date,
    min(chosen.programme) as programme
from chosen
left join units on chosen.municipality = units.municipality
group by coalesce(units.unit, chosen.municipality)
