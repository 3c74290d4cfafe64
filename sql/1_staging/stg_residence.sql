-- model: stg_residence
-- grain: one row per distinct spell, in a known municipality, of who can enter (person_id, municipality, start_date, end_date)
-- reads: extract_residence, stg_benefit, municipality_unit, period_spelling
-- params: residence_layout, residence_end_offset, country, receipt
-- Half-open: resident from start_date up to, not including, end_date; an open end lasts to the end of time. A row of a
-- month, week or year is about all its days, cut by start and end where they are delivered.
-- Days without a known municipality are days without residence: an empty cell and, in Norway, the codes
-- 0000 (unknown), 9999 and -2 (not stated) and -1 (invalid). Exact duplicates count once, with the first source by name.
-- Of several reports of one start (or month, week, year) of a person the latest extract_date counts.
-- Only persons with a benefit spell, unless the study is about residents: nobody else can enter it. Codes that
-- municipality_unit maps to a unit of the study become that unit, so that two spells may become one row.
with extract as (
    select person_id, municipality, start_date, end_date, source, extract_date, period
    from extract_residence
    where $receipt in ('everyone', 'no benefit') or person_id in (select person_id from stg_benefit)
),

periods as (
    select spelling, first_day, next_day
    from period_spelling
    where layout = $residence_layout
),

units as (
    select municipality, unit
    from municipality_unit
),

reports as (
    select
        extract.person_id,
        extract.municipality,
        case when $residence_layout = 'spells' then extract.start_date else periods.first_day end as reported_from,
        greatest(extract.start_date, periods.first_day) as start_date,
        least(
            case
                when extract.end_date < date '9999-12-30' then extract.end_date + cast($residence_end_offset as integer)
                else date '9999-12-31'
            end,
            periods.next_day
        ) as end_date,
        extract.source,
        extract.extract_date
    from extract
    left join periods on trim(extract.period) = periods.spelling
),

latest as (
    select person_id, reported_from, max(extract_date) as extract_date
    from reports
    where extract_date is not null
    group by person_id, reported_from
),

half_open as (
    select
        reports.person_id,
        coalesce(units.unit, reports.municipality) as municipality,
        reports.start_date,
        reports.end_date,
        reports.source,
        reports.extract_date
    from reports
    left join latest on reports.person_id = latest.person_id and reports.reported_from = latest.reported_from
    left join units on reports.municipality = units.municipality
    where reports.municipality is not null
        and not ($country = 'NO' and reports.municipality in ('0000', '9999', '-1', '-2'))
        and reports.reported_from is not null
        and reports.start_date < reports.end_date
        and (latest.extract_date is null or reports.extract_date = latest.extract_date)
)

select
    person_id,
    municipality,
    start_date,
    end_date,
    min(source) as source,
    max(extract_date) as extract_date
from half_open
group by person_id, municipality, start_date, end_date
