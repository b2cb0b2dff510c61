-- A variable of the row type of a table is looked up by its name again when the table's statistics change, and "record"
-- then finds PostgreSQL's own pseudo-type: after the first analyse every session failed at every COMMIT ("type record is
-- not composite"). A variable without a type of its own is never looked up.
CREATE OR REPLACE FUNCTION check_step() RETURNS TRIGGER LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
  step command%ROWTYPE;
  proof RECORD;
  now_is item%ROWTYPE;
BEGIN
  IF TG_TABLE_NAME = 'command' THEN
    step := NEW;
  ELSE
    SELECT * INTO step FROM command c WHERE c.office_id = NEW.office_id AND c.item_id = NEW.id AND c.rev = NEW.rev;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'revision % has no command', NEW.rev USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'one_command_per_revision';
    END IF;
  END IF;
  SELECT * INTO proof FROM "record" r WHERE r.office_id = step.office_id AND r.command_id = step.id;
  IF NOT FOUND OR proof.stream_id <> step.item_id OR proof.seq <> step.rev OR proof.at <> step.at THEN
    RAISE EXCEPTION 'command has no record of its own' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'one_record_per_command';
  END IF;
  SELECT * INTO now_is FROM item i WHERE i.office_id = step.office_id AND i.id = step.item_id;
  IF now_is.rev = step.rev AND (now_is.head <> proof.hash OR now_is.definition_hash <> proof.definition_hash OR now_is.kind <> proof.stream) THEN
    RAISE EXCEPTION 'the item does not stand where its record says' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'item_at_head';
  END IF;
  IF now_is.rev < step.rev THEN
    RAISE EXCEPTION 'the item lags behind its record' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'item_at_head';
  END IF;
  IF (step.role = 'system') <> (step.grant_id IS NULL) OR (step.grant_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM role_grant g WHERE g.office_id = step.office_id AND g.id = step.grant_id AND g.user_id = step.actor_id
      AND g.role = step.role AND (extract(epoch FROM g.valid_from) * 1000)::bigint <= step.at
      AND (g.valid_to IS NULL OR (extract(epoch FROM g.valid_to) * 1000)::bigint > step.at))) THEN
    RAISE EXCEPTION 'the actor had no such grant at that time' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'granted_at_the_time';
  END IF;
  RETURN NULL;
END $$;
