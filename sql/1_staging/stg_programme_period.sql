-- model: stg_programme_period
-- grain: one row per distinct period of the study's programme with what was measured in it (none)
-- reads: extract_rollout, municipality_unit
-- params: programme, rollout_end_offset
-- Codes become the units of the study. Half-open; an open end is 9999-12-31. fidelity: score of the period; participants: a year. Four decimals count.
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        try_cast(nullif(trim(start_date), '') as date) as start_date,
        try_cast(nullif(trim(end_date), '') as date) as end_date,
        programme,
        try_cast(nullif(trim(fidelity), '') as decimal(18, 4)) as fidelity,
        try_cast(nullif(trim(participants), '') as decimal(18, 4)) as participants
    from extract_rollout
),

units as (
    select municipality, unit
    from municipality_unit
),

half_open as (
    select
        coalesce(units.unit, extract.municipality) as municipality,
        extract.start_date,
        case
            when extract.end_date < date '9999-12-30' then extract.end_date + cast($rollout_end_offset as integer)
            else date '9999-12-31'
        end as end_date,
        extract.fidelity,
        extract.participants
    from extract
    left join units on extract.municipality = units.municipality
    where extract.municipality is not null
        and extract.start_date is not null
        and (cast($programme as varchar) is null or extract.programme = $programme)
)

select distinct municipality, start_date, end_date, fidelity, participants
from half_open
where start_date < end_date
