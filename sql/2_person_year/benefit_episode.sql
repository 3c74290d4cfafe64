-- model: benefit_episode
-- grain: one row per person and unbroken time with the study's benefit (person_id, start_date)
-- reads: stg_benefit
-- params: gap_months
-- Spells that overlap or touch are one episode, and so are spells with fewer than gap_months whole calendar months
-- without a day of receipt between them (2 for WAA: new is who received in neither of the two months before). With 0
-- every day without receipt ends the episode. Half-open. Decides who receives and who enters, never days on benefit.
with spells as (
    select person_id, start_date, end_date
    from stg_benefit
),

ordered as (
    select
        person_id,
        start_date,
        end_date,
        max(end_date) over (
            partition by person_id order by start_date, end_date
            rows between unbounded preceding and 1 preceding
        ) as reached
    from spells
),

compared as (
    select
        person_id,
        start_date,
        end_date,
        reached,
        12 * (year(start_date) - year(reached - 1)) + month(start_date) - month(reached - 1) as months_later
    from ordered
),

marked as (
    select
        person_id,
        start_date,
        end_date,
        case
            when start_date <= reached then 0
            when cast($gap_months as integer) > 0 and months_later <= cast($gap_months as integer) then 0
            else 1
        end as begins
    from compared
),

numbered as (
    select
        person_id,
        start_date,
        end_date,
        sum(begins) over (
            partition by person_id order by start_date, end_date
            rows between unbounded preceding and current row
        ) as episode
    from marked
)

select person_id, min(start_date) as start_date, max(end_date) as end_date
from numbered
group by person_id, episode
