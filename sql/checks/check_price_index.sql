-- model: check_price_index
-- grain: one row
-- reads: extract_price_index
-- params: first_year, last_year, prices_of
-- Rules of the price index. years_missing: study years without an index above zero. base_missing: 1 where the year
-- of prices is no study year and has none. far: study years whose index is more than fifty times that of the year of
-- prices, or less than a fiftieth of it.
with extract as (
    select
        try_cast(nullif(trim(year), '') as integer) as year,
        try_cast(nullif(trim("index"), '') as double) as price
    from extract_price_index
),

prices as (
    select year, min(price) as price
    from extract
    where price > 0 and price < 1e12
    group by year
),

base as (
    select max(price) as price
    from prices
    where year = cast($prices_of as integer)
),

of_rows as (
    select
        count(*) as total,
        count(*) filter (where year is null or price is null or not (price > 0 and price < 1e12)) as malformed,
        count(year) - count(distinct year) as repeated
    from extract
),

of_years as (
    select
        count(*) as known,
        count(*) filter (where prices.price > 50 * base.price or base.price > 50 * prices.price) as far
    from prices
    cross join base
    where prices.year between cast($first_year as integer) and cast($last_year as integer)
)

select
    cast(of_rows.total as bigint) as total,
    cast(of_rows.malformed as bigint) as malformed,
    cast(of_rows.repeated as bigint) as repeated,
    cast(cast($last_year as integer) - cast($first_year as integer) + 1 as bigint) as study_years,
    cast(cast($last_year as integer) - cast($first_year as integer) + 1 - of_years.known as bigint) as years_missing,
    cast(1 as bigint) as base_years,
    cast(case
        when base.price is null
            and cast($prices_of as integer) not between cast($first_year as integer) and cast($last_year as integer)
            then 1
        else 0
    end as bigint) as base_missing,
    cast(of_years.far as bigint) as far
from of_rows
cross join of_years
cross join base
