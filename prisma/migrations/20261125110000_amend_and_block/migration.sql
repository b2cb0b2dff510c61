-- The area is a fact like the others: an amendment puts it right, and the foreign key still says which areas there are.
GRANT UPDATE ("area") ON "case_detail" TO four_lists_app;

-- A list that is empty is shown beside the work until somebody says that it is not any more.
CREATE OR REPLACE FUNCTION beside_of(state JSONB) RETURNS TEXT[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ARRAY(
    SELECT jsonb_array_elements(state->'requests')->>'command'
    UNION SELECT 'whistle' WHERE jsonb_path_exists(state, '$.tasks[*] ? (@.kind == "whistle" && @.answer == null)')
    UNION SELECT 'project' WHERE jsonb_array_length(state->'links') > 0
    UNION SELECT state->'fields'->>'blocker' WHERE state->'fields' ? 'blocker')
$$;
