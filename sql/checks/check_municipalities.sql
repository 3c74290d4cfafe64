-- model: check_municipalities
-- grain: one row
-- reads: extract_municipalities, delivered_municipality_value, resident_municipality, acting_unit
-- params: country
-- Rules of the table of municipalities. repeated: rows beyond the first about the same municipality and year. value_cells:
-- cells of the study's municipality covariates; not_a_number: filled cells that are none. residents: municipalities
-- somebody lives in during the window; without_type, without_values, without_unit: those without any row that tells.
-- A code with a unit may have any form: city districts have six digits.
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        nullif(trim(year), '') as year_text,
        nullif(trim(type), '') as type,
        nullif(trim(unit), '') as unit
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

units as (
    select municipality, unit
    from acting_unit
),

typed as (
    select distinct coalesce(units.unit, extract.municipality) as municipality
    from extract
    left join units on extract.municipality = units.municipality
    where extract.type is not null
),

valued as (
    select distinct coalesce(units.unit, cells.municipality) as municipality
    from cells
    left join units on cells.municipality = units.municipality
    where cells.value is not null
),

grouped as (
    select distinct coalesce(units.unit, extract.municipality) as municipality
    from extract
    left join units on extract.municipality = units.municipality
    where extract.unit is not null
),

distinct_rows as (
    select distinct municipality, year_text
    from extract
),

described as (
    select
        residents.municipality,
        typed.municipality as with_type,
        valued.municipality as with_value,
        grouped.municipality as with_unit
    from residents
    left join typed on residents.municipality = typed.municipality
    left join valued on residents.municipality = valued.municipality
    left join grouped on residents.municipality = grouped.municipality
),

of_rows as (
    select
        cast(count(*) as bigint) as total,
        cast(count(*) filter (
            where municipality is null
                or ($country = 'NO' and unit is null and not regexp_matches(municipality, '^[0-9][0-9][0-9][0-9]$'))
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
    cast((select count(*) from described where with_value is null) as bigint) as without_values,
    cast((select count(*) from described where with_unit is null) as bigint) as without_unit
from of_rows
