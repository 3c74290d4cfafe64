-- model: stg_benefit_spell
-- grain: one row per distinct spell of a benefit the study names (person_id, benefit, start_date, end_date)
-- reads: extract_benefits, study_benefit, period_spelling
-- params: benefits_layout, benefits_end_offset
-- Spells of the benefit that defines the population and of those whose days are an outcome, half-open: the person receives from start_date up to,
-- not including, end_date. An open end lasts to the end of time. A row of a month, week or year is about all its days,
-- cut by start and end where they are delivered; it is a spell of its own. Exact duplicates count once, with the
-- first source by name. Of several reports of one thing the latest extract_date counts; one thing is a person, benefit
-- and start (or month, or year), and in weekly status, one code per person and week, a person and week.
with extract as (
    select person_id, benefit, start_date, end_date, source, extract_date, period
    from extract_benefits
),

periods as (
    select spelling, first_day, next_day
    from period_spelling
    where layout = $benefits_layout
),

reports as (
    select
        extract.person_id,
        extract.benefit,
        case when $benefits_layout = 'weekly' then '' else extract.benefit end as thing,
        case when $benefits_layout = 'spells' then extract.start_date else periods.first_day end as reported_from,
        greatest(extract.start_date, periods.first_day) as start_date,
        least(
            case
                when extract.end_date < date '9999-12-30' then extract.end_date + cast($benefits_end_offset as integer)
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
    select person_id, thing, reported_from, max(extract_date) as extract_date
    from reports
    where extract_date is not null
    group by person_id, thing, reported_from
)

select
    reports.person_id,
    reports.benefit,
    reports.start_date,
    reports.end_date,
    min(reports.source) as source,
    max(reports.extract_date) as extract_date
from reports
left join latest
    on reports.person_id = latest.person_id
    and reports.thing = latest.thing
    and reports.reported_from = latest.reported_from
where reports.benefit in (select benefit from study_benefit)
    and reports.reported_from is not null
    and reports.start_date < reports.end_date
    and (latest.extract_date is null or reports.extract_date = latest.extract_date)
group by reports.person_id, reports.benefit, reports.start_date, reports.end_date
