-- model: check_dose
-- grain: one row
-- reads: extract_rollout, acting_unit
-- params: programme, rollout_end_offset
-- What was measured in the periods of the study's programme, over its rows; overlapping: units that treatment acts on
-- with two periods on one day, whose doses would be added.
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        try_cast(nullif(trim(start_date), '') as date) as start_date,
        try_cast(nullif(trim(end_date), '') as date) as end_date,
        nullif(trim(fidelity), '') as fidelity_text,
        nullif(trim(participants), '') as participants_text,
        programme
    from extract_rollout
),

units as (
    select municipality, unit
    from acting_unit
),

chosen as (
    select
        coalesce(units.unit, extract.municipality) as municipality,
        extract.start_date,
        case
            when extract.end_date < date '9999-12-30' then extract.end_date + cast($rollout_end_offset as integer)
            else date '9999-12-31'
        end as end_date,
        extract.fidelity_text,
        extract.participants_text,
        try_cast(extract.fidelity_text as decimal(18, 4)) as fidelity,
        try_cast(extract.participants_text as decimal(18, 4)) as participants
    from extract
    left join units on extract.municipality = units.municipality
    where cast($programme as varchar) is null or extract.programme = $programme
),

numbered as (
    select distinct municipality, start_date, end_date, fidelity, participants
    from chosen
    where municipality is not null and start_date is not null and start_date < end_date
),

followed as (
    select
        municipality,
        end_date,
        lead(start_date) over (partition by municipality order by start_date, end_date) as next_start
    from numbered
),

clashes as (
    select cast(count(distinct municipality) as bigint) as municipalities
    from followed
    where next_start < end_date
),

totals as (
    select
        cast(count(*) as bigint) as total,
        cast(count(*) filter (where fidelity is null or fidelity < 0) as bigint) as fidelity_missing,
        cast(count(*) filter (where participants is null or participants < 0) as bigint) as participants_missing,
        cast(count(distinct municipality) as bigint) as municipalities
    from chosen
)

select
    totals.total,
    totals.fidelity_missing,
    totals.participants_missing,
    totals.municipalities,
    clashes.municipalities as overlapping
from totals
cross join clashes
