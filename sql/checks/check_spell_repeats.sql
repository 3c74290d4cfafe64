-- model: check_spell_repeats
-- grain: one row
-- reads: extract_residence, extract_benefits, recipient, period_spelling
-- params: benefit, first_day, last_day, residence_layout, residence_end_offset, country
-- Comparisons between residence rows and between benefit rows of the same recipient. *_repeated: rows beyond the
-- first of equal rows. conflicting: recipients registered in two municipalities on the same day of the window, where of
-- several reports of one start (or month, week, year) only those of the latest extract count.
with residence as (
    select person_id, municipality, start_date, end_date, source, extract_date, period
    from extract_residence
    where person_id in (select person_id from recipient)
),

periods as (
    select spelling, first_day, next_day
    from period_spelling
    where layout = $residence_layout
),

distinct_residence as (
    select distinct person_id, municipality, start_date, end_date, source, extract_date, period
    from residence
),

benefits as (
    select person_id, start_date, end_date, source, extract_date, period
    from extract_benefits
    where benefit = $benefit
),

distinct_benefits as (
    select distinct person_id, start_date, end_date, source, extract_date, period
    from benefits
),

reports as (
    select
        residence.person_id,
        residence.municipality,
        case when $residence_layout = 'spells' then residence.start_date else periods.first_day end as reported_from,
        greatest(residence.start_date, periods.first_day) as start_date,
        least(
            case
                when residence.end_date < date '9999-12-30' then residence.end_date + cast($residence_end_offset as integer)
                else date '9999-12-31'
            end,
            periods.next_day
        ) as end_date,
        residence.extract_date
    from distinct_residence as residence
    left join periods on trim(residence.period) = periods.spelling
),

latest as (
    select person_id, reported_from, max(extract_date) as extract_date
    from reports
    where extract_date is not null
    group by person_id, reported_from
),

windowed as (
    select
        reports.person_id,
        reports.municipality,
        greatest(reports.start_date, cast($first_day as date)) as start_date,
        least(reports.end_date, cast($last_day as date) + 1) as end_date
    from reports
    left join latest on reports.person_id = latest.person_id and reports.reported_from = latest.reported_from
    where reports.municipality is not null
        and reports.reported_from is not null
        and reports.start_date < reports.end_date
        and (latest.extract_date is null or reports.extract_date = latest.extract_date)
        and not ($country = 'NO' and reports.municipality in ('0000', '9999', '-1', '-2'))
),

conflicts as (
    select count(distinct one.person_id) as persons
    from windowed as one
    inner join windowed as other
        on one.person_id = other.person_id
        and one.municipality < other.municipality
        and one.start_date < other.end_date
        and other.start_date < one.end_date
    where one.start_date < one.end_date
        and other.start_date < other.end_date
),

counts as (
    select
        (select count(*) from residence) as residence_total,
        (select count(*) from distinct_residence) as residence_distinct,
        (select count(*) from benefits) as benefit_total,
        (select count(*) from distinct_benefits) as benefit_distinct,
        (select count(*) from recipient) as recipients
)

select
    cast(counts.residence_total as bigint) as residence_total,
    cast(counts.residence_total - counts.residence_distinct as bigint) as residence_repeated,
    cast(counts.benefit_total as bigint) as benefit_total,
    cast(counts.benefit_total - counts.benefit_distinct as bigint) as benefit_repeated,
    cast(counts.recipients as bigint) as recipients,
    cast(conflicts.persons as bigint) as conflicting
from counts
cross join conflicts
