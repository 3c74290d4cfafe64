-- model: check_education
-- grain: one row
-- reads: extract_education
-- params: none
-- Rules of the spells in education.
with extract as (
    select person_id, start_date, end_date
    from extract_education
)

select
    cast(count(*) as bigint) as total,
    cast(count(*) filter (where person_id is null) as bigint) as person_missing,
    cast(count(*) filter (where start_date is null) as bigint) as start_missing,
    cast(count(*) filter (where end_date < start_date) as bigint) as start_after_end
from extract
