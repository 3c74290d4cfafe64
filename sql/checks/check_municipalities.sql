-- model: check_municipalities
-- grain: one row
-- reads: extract_municipalities, delivered_municipality_value, resident_municipality
-- params: country
-- Rules of the table of municipalities. repeated: rows beyond the first about the same municipality and year. value_cells:
-- cells of the study's municipality covariates; not_a_number: filled cells that are none. residents: municipalities
-- somebody lives in during the window; without_type, without_values: those without any row that tells.
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        nullif(trim(year), '') as year_text,
        nullif(trim(type), '') as type
    from extract_municipalities
),

cells as (
    select
        nullif(trim(municipality), '') as municipality,
        nullif(trim(value), '') as value_text,
        try_cast(nullif(trim(value), '') as double) as value
    from delivered_municipality_value
),

residents as (
    select municipality
    from resident_municipality
),

distinct_rows as (
    select distinct municipality, year_text
    from extract
),

described as (
    select
        residents.municipality,
        typed.municipality as with_type,
        valued.municipality as with_value
    from residents
    left join (select distinct municipality from extract where type is not null) as typed
        on residents.municipality = typed.municipality
    left join (select distinct municipality from cells where value is not null) as valued
        on residents.municipality = valued.municipality
),

of_rows as (
    select
        cast(count(*) as bigint) as total,
        cast(count(*) filter (
            where municipality is null or ($country = 'NO' and not regexp_matches(municipality, '^[0-9][0-9][0-9][0-9]$'))
        ) as bigint) as malformed_code,
        cast(count(*) filter (
            where year_text is not null and coalesce(try_cast(year_text as integer), 0) not between 1800 and 9999
        ) as bigint) as malformed_year
    from extract
)

select
    of_rows.total,
    of_rows.malformed_code,
    of_rows.malformed_year,
    cast(of_rows.total - (select count(*) from distinct_rows) as bigint) as repeated,
    cast((select count(*) from cells) as bigint) as value_cells,
    cast((select count(*) from cells where value_text is not null and (value is null or not abs(value) < 1e300)) as bigint)
        as not_a_number,
    cast((select count(*) from described) as bigint) as residents,
    cast((select count(*) from described where with_type is null) as bigint) as without_type,
    cast((select count(*) from described where with_value is null) as bigint) as without_values
from of_rows
