-- model: stg_residence
-- grain: one row per distinct spell, in a known municipality, of who can enter (person_id, municipality, start_date, end_date)
-- reads: extract_residence, stg_benefit, municipality_unit
-- params: residence_end_offset, country, receipt
-- Half-open: resident from start_date up to, not including, end_date; an open end lasts to the end of time.
-- Days without a known municipality are days without residence: an empty cell and, in Norway, the codes
-- 0000 (unknown), 9999 and -2 (not stated) and -1 (invalid). Exact duplicates count once.
-- Only persons with a benefit spell, unless the study is about residents: nobody else can enter it. Codes that
-- municipality_unit maps to a unit of the study become that unit, so that two spells may become one row.
with extract as (
    select person_id, municipality, start_date, end_date
    from extract_residence
),

units as (
    select municipality, unit
    from municipality_unit
),

half_open as (
    select
        person_id,
        municipality,
        start_date,
        case
            when end_date < date '9999-12-30' then end_date + cast($residence_end_offset as integer)
            else date '9999-12-31'
        end as end_date
    from extract
    where ($receipt in ('everyone', 'no benefit') or person_id in (select person_id from stg_benefit))
        and municipality is not null
        and not ($country = 'NO' and municipality in ('0000', '9999', '-1', '-2'))
)

select distinct
    half_open.person_id,
    coalesce(units.unit, half_open.municipality) as municipality,
    half_open.start_date,
    half_open.end_date
from half_open
left join units on half_open.municipality = units.municipality
where half_open.start_date < half_open.end_date
