-- model: resident_municipality
-- grain: one row per known municipality, or unit of the study, somebody is resident in during the window (municipality)
-- reads: code_person, acting_unit
-- params: none
-- Codes become the units that treatment acts on.
with residents as (
    select municipality
    from code_person
),

units as (
    select municipality, unit
    from acting_unit
)

select distinct coalesce(units.unit, residents.municipality) as municipality
from residents
left join units on residents.municipality = units.municipality
