-- model: last_residence
-- grain: one row per considered person with a residence, where the study ends the risk time with it (person_id)
-- reads: considered_year, stg_residence
-- params: emigration
-- gone_from: the day after the last day of residence in any known municipality. Days abroad before a return count.
with residence as (
    select person_id, end_date
    from stg_residence
    where $emigration = 'ends the risk time'
        and person_id in (select person_id from considered_year)
)

select person_id, max(end_date) as gone_from
from residence
group by person_id
