-- model: considered_year
-- grain: one row per person and year the study considers (person_id, year)
-- reads: recipient_year, study_year
-- params: receipt, base_year
-- Persons with the benefit at some time in the window. Their years are those with a benefit day, except for
-- a baseline cohort, which is followed through every study year whether or not the benefit goes on.
-- receives is 1 where the study's receipt rule holds: any day of the year, its 1 January, or a benefit day
-- in the base year (the calendar year before the first start in the study).
with receipt as (
    select person_id, year, on_first_day
    from recipient_year
),

years as (
    select year
    from study_year
),

followed as (
    select
        receipt.person_id,
        years.year,
        case
            when $receipt = 'baseline cohort' then case when receipt.year = cast($base_year as integer) then 1 else 0 end
            when $receipt = '1 January' then receipt.on_first_day
            else 1
        end as receives
    from receipt
    inner join years on receipt.year = years.year or $receipt = 'baseline cohort'
)

select
    person_id,
    year,
    cast(max(receives) as integer) as receives
from followed
group by person_id, year
