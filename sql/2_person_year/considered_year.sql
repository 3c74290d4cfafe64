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

cohort as (
    select
        episodes.person_id,
        max(case when years.year = cast($base_year as integer) then 1 else 0 end) as receives
    from episodes
    inner join years on episodes.start_date < years.next_day and episodes.end_date > years.first_day
    where $receipt = 'baseline cohort'
    group by episodes.person_id
),

reasons as (
    select
        episodes.person_id,
        years.year,
        years.receipt_date,
        1 as received,
        0 as resident,
        case when episodes.start_date <= years.receipt_date and episodes.end_date > years.receipt_date then 1 else 0 end as on_date,
        case when episodes.start_date >= years.first_day then episodes.start_date end as entry_date
    from episodes
    inner join years on episodes.start_date < years.next_day and episodes.end_date > years.first_day
    where $receipt <> 'baseline cohort'
    union all
    select
        cohort.person_id, years.year, years.receipt_date, 1 as received, 0 as resident, cohort.receives as on_date,
        cast(null as date) as entry_date
    from cohort
    cross join years
    union all
    select
        residence.person_id, years.year, years.receipt_date, 0 as received, 1 as resident, 0 as on_date,
        cast(null as date) as entry_date
    from residence
    inner join years on residence.start_date < years.next_day and residence.end_date > years.first_day
    where residence.municipality in (select municipality from study)
)

select
    person_id,
    year,
    cast(case
        when $receipt in ('1 January', 'on a date', 'baseline cohort') then max(on_date)
        when $receipt = 'entry' and min(entry_date) is null then 0
        when $receipt = 'no benefit' then 1 - max(received)
        else 1
    end as integer) as receives,
    case when $receipt = 'entry' then coalesce(min(entry_date), min(receipt_date)) else min(receipt_date) end as clock_date
from reasons
group by person_id, year
having ($receipt in ('everyone', 'no benefit') and max(resident) = 1)
    or ($receipt not in ('everyone', 'no benefit') and max(received) = 1)
