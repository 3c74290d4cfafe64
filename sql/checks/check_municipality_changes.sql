-- model: check_municipality_changes
-- grain: one row
-- reads: extract_municipality_changes
-- params: changes_day, country
-- Rules within a row of the changes of codes. one_sided: only one of the two codes. repeated: rows beyond the first that
-- lead from one code to the same other one. Rows in which a code goes on may repeat.
with extract as (
    select
        nullif(trim(old_code), '') as old_code,
        nullif(trim(new_code), '') as new_code,
        nullif(trim(date), '') as date_text
    from extract_municipality_changes
),

steps as (
    select old_code, new_code, count(*) as times
    from extract
    where old_code <> new_code
    group by old_code, new_code
),

repeats as (
    select cast(coalesce(sum(times - 1), 0) as bigint) as repeated
    from steps
),

of_rows as (
    select
        cast(count(*) as bigint) as total,
        cast(count(*) filter (
            where (old_code is null and new_code is null)
                or ($country = 'NO' and not regexp_matches(coalesce(old_code, '0000'), '^[0-9][0-9][0-9][0-9]$'))
                or ($country = 'NO' and not regexp_matches(coalesce(new_code, '0000'), '^[0-9][0-9][0-9][0-9]$'))
        ) as bigint) as malformed_code,
        cast(count(*) filter (
            where coalesce(try_cast(date_text as date), cast($changes_day as date)) is null
                or (date_text is not null and try_cast(date_text as date) is null)
        ) as bigint) as malformed_date,
        cast(count(*) filter (
            where (old_code is null and new_code is not null) or (old_code is not null and new_code is null)
        ) as bigint) as one_sided
    from extract
)

select
    of_rows.total,
    of_rows.malformed_code,
    of_rows.malformed_date,
    of_rows.one_sided,
    repeats.repeated
from of_rows
cross join repeats
