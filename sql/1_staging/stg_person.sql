-- model: stg_person
-- grain: one row per person who can enter the study (person_id)
-- reads: extract_persons, stg_benefit
-- params: receipt
-- birth_date: as delivered, else the first of the birth month (YYYYMM; a month outside 01-12 gives none).
-- sex is F or M. F: 2, f, k, w, female, kvinne, woman. M: 1, m, male, mann, man. Anything else is unknown.
-- Only persons with a benefit spell, unless the study is about residents: nobody else can enter it.
-- woman: 1 for F, 0 for M, empty where unknown.
with extract as (
    select
        person_id,
        birth_date,
        cast(birth_month as varchar) as birth_month,
        lower(trim(sex)) as sex,
        death_date
    from extract_persons
    where ($receipt in ('everyone', 'no benefit') or person_id in (select person_id from stg_benefit))
),

coded as (
    select
        person_id,
        coalesce(
            birth_date,
            try_cast(
                case
                    when length(birth_month) = 6
                        then substring(birth_month, 1, 4) || '-' || substring(birth_month, 5, 2) || '-01'
                end as date
            )
        ) as birth_date,
        case
            when sex in ('2', 'f', 'k', 'w', 'female', 'kvinne', 'woman') then 'F'
            when sex in ('1', 'm', 'male', 'mann', 'man') then 'M'
        end as sex,
        death_date
    from extract
)

select
    person_id,
    birth_date,
    sex,
    cast(case when sex = 'F' then 1 when sex = 'M' then 0 end as integer) as woman,
    death_date
from coded
