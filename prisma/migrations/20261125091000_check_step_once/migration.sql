-- The command of a step says all there is to check at the commit, and its own trigger checks it. The item's has to see
-- only that there is one: a row that went on without it, or stands elsewhere than it says, is refused by the two beside
-- it. Reads the columns it compares and not the whole rows, whose states and bytes are most of the database.
CREATE OR REPLACE FUNCTION check_step() RETURNS TRIGGER LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
  proof RECORD;
  now_is RECORD;
BEGIN
  IF TG_TABLE_NAME = 'item' THEN
    IF NOT EXISTS (SELECT 1 FROM command c WHERE c.office_id = NEW.office_id AND c.item_id = NEW.id AND c.rev = NEW.rev) THEN
      RAISE EXCEPTION 'revision % has no command', NEW.rev USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'one_command_per_revision';
    END IF;
    RETURN NULL;
  END IF;
  SELECT r.stream, r.stream_id, r.seq, r.at, r.hash, r.definition_hash INTO proof
    FROM "record" r WHERE r.office_id = NEW.office_id AND r.command_id = NEW.id;
  IF NOT FOUND OR proof.stream_id <> NEW.item_id OR proof.seq <> NEW.rev OR proof.at <> NEW.at THEN
    RAISE EXCEPTION 'command has no record of its own' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'one_record_per_command';
  END IF;
  SELECT i.rev, i.head, i.definition_hash, i.kind INTO now_is FROM item i WHERE i.office_id = NEW.office_id AND i.id = NEW.item_id;
  IF now_is.rev = NEW.rev AND (now_is.head <> proof.hash OR now_is.definition_hash <> proof.definition_hash OR now_is.kind <> proof.stream) THEN
    RAISE EXCEPTION 'the item does not stand where its record says' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'item_at_head';
  END IF;
  IF now_is.rev < NEW.rev THEN
    RAISE EXCEPTION 'the item lags behind its record' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'item_at_head';
  END IF;
  IF (NEW.role = 'system') <> (NEW.grant_id IS NULL) OR (NEW.grant_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM role_grant g WHERE g.office_id = NEW.office_id AND g.id = NEW.grant_id AND g.user_id = NEW.actor_id
      AND g.role = NEW.role AND (extract(epoch FROM g.valid_from) * 1000)::bigint <= NEW.at
      AND (g.valid_to IS NULL OR (extract(epoch FROM g.valid_to) * 1000)::bigint > NEW.at))) THEN
    RAISE EXCEPTION 'the actor had no such grant at that time' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'granted_at_the_time';
  END IF;
  RETURN NULL;
END $$;
