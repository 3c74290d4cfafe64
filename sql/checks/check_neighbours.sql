-- model: check_neighbours
-- grain: one row
-- reads: extract_neighbours, resident_municipality, acting_unit
-- params: country
-- Rules of the borders. residents: municipalities somebody lives in during the window; alone: those without a border.
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        nullif(trim(neighbour), '') as neighbour
    from extract_neighbours
),

units as (
    select municipality, unit
    from acting_unit
),

joined as (
    select
        coalesce(units.unit, extract.municipality) as municipality,
        coalesce(others.unit, extract.neighbour) as neighbour
    from extract
    left join units on extract.municipality = units.municipality
    left join units as others on extract.neighbour = others.municipality
),

named as (
    select municipality from joined where neighbour <> municipality
    union
    select neighbour as municipality from joined where neighbour <> municipality
),

residents as (
    select municipality
    from resident_municipality
),

of_rows as (
    select
        cast(count(*) as bigint) as total,
        cast(count(*) filter (
            where municipality is null
                or neighbour is null
                or ($country = 'NO' and not regexp_matches(municipality, '^[0-9][0-9][0-9][0-9]$'))
                or ($country = 'NO' and not regexp_matches(neighbour, '^[0-9][0-9][0-9][0-9]$'))
        ) as bigint) as malformed
    from extract
),

of_residents as (
    select
        cast(count(*) as bigint) as residents,
        cast(count(*) filter (where named.municipality is null) as bigint) as alone
    from residents
    left join named on residents.municipality = named.municipality
)

select
    of_rows.total,
    of_rows.malformed,
    of_residents.residents,
    of_residents.alone
from of_rows
cross join of_residents
