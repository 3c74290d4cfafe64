-- model: check_persons
-- grain: one row
-- reads: extract_persons
-- params: none
-- repeated_person: rows beyond the first of the same person. birth_unknown: neither a birth date nor a birth
-- month (YYYYMM, 01-12). sex_unknown: none of the codes staging knows.
with persons as (
    select
        person_id,
        birth_date,
        cast(birth_month as varchar) as birth_month,
        lower(trim(sex)) as sex,
        death_date
    from extract_persons
),

described as (
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
            when sex in ('2', 'f', 'k', 'w', 'female', 'kvinne', 'woman') then 1
            when sex in ('1', 'm', 'male', 'mann', 'man') then 1
            else 0
        end as sex_known,
        death_date
    from persons
)

select
    cast(count(*) as bigint) as total,
    cast(count(*) filter (where person_id is null) as bigint) as person_missing,
    cast(count(person_id) - count(distinct person_id) as bigint) as repeated_person,
    cast(count(*) filter (where birth_date is null) as bigint) as birth_unknown,
    cast(count(*) filter (where sex_known = 0) as bigint) as sex_unknown,
    cast(count(*) filter (where death_date < birth_date) as bigint) as death_before_birth
from described
