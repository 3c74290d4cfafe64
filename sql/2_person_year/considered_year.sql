-- model: considered_year
-- grain: one row per person and year the study considers (person_id, year)
-- reads: benefit_episode, stg_residence, study_municipality, study_year
-- params: receipt, base_year, receipt_month, receipt_dom, period
-- Persons with the benefit at some time in the window. Their years are those with a benefit day, except for
-- a baseline cohort, which is followed through every study year whether or not the benefit goes on; "everyone" and
-- "no benefit" are persons with a day of residence in a study municipality in the year.
-- receives is 1 where the study's receipt rule holds: any day of the year, its 1 January, the receipt day, a benefit
-- day in the base year (the period before the first start in the study), an episode that begins in the year, or
-- none at all. clock_date: the day the person-year is about, that is the receipt day (1 January where the study names
-- none; the first day of a quarter) or the day of entry, the first of the year.
with episodes as (
    select person_id, start_date, end_date
    from benefit_episode
),

years as (
    select
        year,
        first_day,
        next_day,
        case
            when $period = 'quarter' then first_day
            else make_date(year, cast($receipt_month as integer), cast($receipt_dom as integer))
        end as receipt_date
    from study_year
),

residence as (
    select person_id, municipality, start_date, end_date
    from stg_residence
    where $receipt in ('everyone', 'no benefit')
),

study as (
    select municipality
    from study_municipality
),

received as (
    select
        episodes.person_id,
        years.year,
        years.receipt_date,
        max(
            case when episodes.start_date <= years.receipt_date and episodes.end_date > years.receipt_date then 1 else 0 end
        ) as on_receipt_date,
        min(case when episodes.start_date >= years.first_day then episodes.start_date end) as entry_date
    from episodes
    inner join years on episodes.start_date < years.next_day and episodes.end_date > years.first_day
    group by episodes.person_id, years.year, years.receipt_date
),

cohort as (
    select person_id, max(case when year = cast($base_year as integer) then 1 else 0 end) as receives
    from received
    where $receipt = 'baseline cohort'
    group by person_id
),

resident as (
    select distinct residence.person_id, years.year, years.receipt_date
    from residence
    inner join years on residence.start_date < years.next_day and residence.end_date > years.first_day
    where residence.municipality in (select municipality from study)
)

select
    person_id,
    year,
    cast(case
        when $receipt in ('1 January', 'on a date') then on_receipt_date
        when $receipt = 'entry' and entry_date is null then 0
        else 1
    end as integer) as receives,
    case when $receipt = 'entry' then coalesce(entry_date, receipt_date) else receipt_date end as clock_date
from received
where $receipt not in ('baseline cohort', 'everyone', 'no benefit')
union all
select
    cohort.person_id,
    years.year,
    cast(cohort.receives as integer) as receives,
    years.receipt_date as clock_date
from cohort
cross join years
union all
select
    resident.person_id,
    resident.year,
    cast(case when $receipt = 'no benefit' and received.person_id is not null then 0 else 1 end as integer) as receives,
    resident.receipt_date as clock_date
from resident
left join received on resident.person_id = received.person_id and resident.year = received.year
