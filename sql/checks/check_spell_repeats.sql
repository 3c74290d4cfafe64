-- model: check_spell_repeats
-- grain: one row
-- reads: extract_residence, extract_benefits, recipient
-- params: benefit, first_day, last_day, residence_end_offset, country
-- Comparisons between residence rows and between benefit rows of the same recipient. *_repeated: rows beyond the
-- first of equal rows. conflicting: recipients registered in two municipalities on the same day of the window.
with residence as (
    select person_id, municipality, start_date, end_date
    from extract_residence
    where person_id in (select person_id from recipient)
),

distinct_residence as (
    select distinct person_id, municipality, start_date, end_date
    from residence
),

benefits as (
    select person_id, start_date, end_date
    from extract_benefits
    where benefit = $benefit
),

distinct_benefits as (
    select distinct person_id, start_date, end_date
    from benefits
),

windowed as (
    select
        person_id,
        municipality,
        greatest(start_date, $first_day) as start_date,
        case
            when end_date < $last_day then end_date + cast($residence_end_offset as integer) - 1
            when end_date = $last_day and $residence_end_offset = 0 then end_date - 1
            else $last_day
        end as last_day
    from distinct_residence
    where municipality is not null
        and start_date is not null
        and (end_date is null or end_date > start_date or (end_date = start_date and $residence_end_offset = 1))
        and not ($country = 'NO' and municipality in ('0000', '9999', '-1', '-2'))
),

conflicts as (
    select count(distinct one.person_id) as persons
    from windowed as one
    inner join windowed as other
        on one.person_id = other.person_id
        and one.municipality < other.municipality
        and one.start_date <= other.last_day
        and other.start_date <= one.last_day
    where one.start_date <= one.last_day
        and other.start_date <= other.last_day
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
