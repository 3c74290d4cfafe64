-- model: check_employment_stranger
-- grain: one row
-- reads: extract_employment, extract_persons
-- params: none
-- Job rows of persons who are not in persons; only the person column of the files is read.
with jobs as (
    select person_id
    from extract_employment
)

select
    cast(count(*) as bigint) as total,
    cast(
        count(*) filter (
            where person_id is not null
                and person_id not in (select person_id from extract_persons where person_id is not null)
        ) as bigint
    ) as stranger
from jobs
