-- The office's time. Real databases run on the clock; one created as a simulation runs on a shifted and scaled one.
-- To the microsecond: rounded up to a millisecond, a scaled clock would go back.
CREATE TABLE "simulation_clock" (
  "id" INTEGER NOT NULL DEFAULT 1,
  "simulation" BOOLEAN NOT NULL DEFAULT false,
  "office_base" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
  "real_base" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
  "scale" INTEGER NOT NULL DEFAULT 1,
  CONSTRAINT "simulation_clock_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "simulation_clock_one_row" CHECK ("id" = 1),
  CONSTRAINT "simulation_clock_scale" CHECK ("scale" BETWEEN 1 AND 100000)
);
INSERT INTO "simulation_clock" DEFAULT VALUES;

CREATE FUNCTION office_now() RETURNS TIMESTAMPTZ LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
  SELECT CASE WHEN simulation
    THEN date_trunc('milliseconds', office_base + (clock_timestamp() - real_base) * scale)
    ELSE date_trunc('milliseconds', clock_timestamp()) END
  FROM simulation_clock
$$;
CREATE FUNCTION office_now_ms() RETURNS BIGINT LANGUAGE sql VOLATILE AS $$
  SELECT (extract(epoch FROM office_now()) * 1000)::bigint
$$;

-- Which office the transaction works for; empty outside `withOffice`.
CREATE FUNCTION current_office() RETURNS TEXT LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('app.office', true), '')
$$;

CREATE TABLE "office" (
  "office_id" TEXT NOT NULL,
  "name_zh" TEXT NOT NULL,
  "name_en" TEXT NOT NULL,
  CONSTRAINT "office_pkey" PRIMARY KEY ("office_id")
);

CREATE TABLE "unit" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "parent_id" TEXT,
  "kind" TEXT NOT NULL,
  "name_zh" TEXT NOT NULL,
  "name_en" TEXT NOT NULL,
  CONSTRAINT "unit_pkey" PRIMARY KEY ("office_id", "id")
);

CREATE TABLE "user_account" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "username" TEXT NOT NULL,
  "unit_id" TEXT NOT NULL,
  "password_hash" TEXT NOT NULL,
  "failures" INTEGER NOT NULL DEFAULT 0,
  "locked_until" TIMESTAMPTZ(3),
  CONSTRAINT "user_account_pkey" PRIMARY KEY ("office_id", "id")
);
-- Names are unique across offices: login knows a name before it knows an office.
CREATE UNIQUE INDEX "user_account_username_key" ON "user_account" ("username");

CREATE TABLE "session" (
  "office_id" TEXT NOT NULL,
  "token_hash" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "session_pkey" PRIMARY KEY ("office_id", "token_hash")
);

CREATE TABLE "role_grant" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "unit_id" TEXT NOT NULL,
  "valid_from" TIMESTAMPTZ(3) NOT NULL,
  "valid_to" TIMESTAMPTZ(3),
  CONSTRAINT "role_grant_pkey" PRIMARY KEY ("office_id", "id"),
  CONSTRAINT "role_grant_interval" CHECK ("valid_to" IS NULL OR "valid_to" > "valid_from")
);
CREATE INDEX "role_grant_user" ON "role_grant" ("office_id", "user_id");
CREATE INDEX "role_grant_role" ON "role_grant" ("office_id", "role");

CREATE TABLE "definition_version" (
  "office_id" TEXT NOT NULL,
  "hash" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "plan" TEXT NOT NULL,
  "definition" TEXT NOT NULL,
  "in_force" BOOLEAN NOT NULL,
  CONSTRAINT "definition_version_pkey" PRIMARY KEY ("office_id", "hash"),
  CONSTRAINT "definition_version_hash" CHECK ("hash" = encode(sha256(convert_to("plan", 'UTF8')), 'hex'))
);
CREATE UNIQUE INDEX "definition_version_number_key" ON "definition_version" ("office_id", "id", "version");
CREATE UNIQUE INDEX "definition_version_in_force_key" ON "definition_version" ("office_id", "kind") WHERE ("in_force");

CREATE TABLE "calendar" (
  "office_id" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "content" TEXT NOT NULL,
  CONSTRAINT "calendar_pkey" PRIMARY KEY ("office_id", "version")
);

-- The record: one row per applied command, never changed.
CREATE TABLE "item" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "definition_hash" TEXT NOT NULL,
  "rev" INTEGER NOT NULL,
  "people_rev" INTEGER NOT NULL,
  "head" TEXT NOT NULL,
  "state" JSONB NOT NULL,
  "place" TEXT NOT NULL,
  "stage" TEXT NOT NULL,
  "unit_id" TEXT,
  "due_at" BIGINT,
  "next_due" BIGINT,
  "at" BIGINT NOT NULL,
  CONSTRAINT "item_pkey" PRIMARY KEY ("office_id", "id"),
  CONSTRAINT "item_kind" CHECK ("kind" IN ('case', 'project', 'wish')),
  CONSTRAINT "item_rev" CHECK ("rev" >= 1 AND "people_rev" BETWEEN 0 AND "rev"),
  -- The row is a fold of its records; what is pulled out of the state must say the same as the state.
  CONSTRAINT "item_fold" CHECK (("state"->>'rev')::int = "rev" AND "state"->>'at' = "place")
);
CREATE UNIQUE INDEX "item_code_key" ON "item" ("office_id", "code");
CREATE INDEX "item_next_due" ON "item" ("next_due") WHERE ("next_due" IS NOT NULL);
CREATE INDEX "item_list" ON "item" ("office_id", "stage", "place", "due_at", "id");

CREATE TABLE "case_detail" (
  "office_id" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  "received_at" BIGINT NOT NULL,
  "area" TEXT NOT NULL,
  "submitted_by" TEXT NOT NULL,
  "key_id" TEXT NOT NULL,
  CONSTRAINT "case_detail_pkey" PRIMARY KEY ("office_id", "item_id")
);

CREATE TABLE "case_number" (
  "office_id" TEXT NOT NULL,
  "year" INTEGER NOT NULL,
  "last" INTEGER NOT NULL,
  CONSTRAINT "case_number_pkey" PRIMARY KEY ("office_id", "year")
);

CREATE TABLE "command" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "actor_id" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "body_hmac" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "grant_id" TEXT,
  "received_at" BIGINT NOT NULL,
  "at" BIGINT NOT NULL,
  "rev" INTEGER NOT NULL,
  "answer" TEXT NOT NULL,
  CONSTRAINT "command_pkey" PRIMARY KEY ("office_id", "id")
);
CREATE UNIQUE INDEX "command_key" ON "command" ("office_id", "actor_id", "key");
CREATE UNIQUE INDEX "command_rev_key" ON "command" ("office_id", "item_id", "rev");

CREATE TABLE "record" (
  "office_id" TEXT NOT NULL,
  "stream" TEXT NOT NULL,
  "stream_id" TEXT NOT NULL,
  "seq" INTEGER NOT NULL,
  "command_id" TEXT NOT NULL,
  "definition_hash" TEXT NOT NULL,
  "at" BIGINT NOT NULL,
  "bytes" TEXT NOT NULL,
  "hash" TEXT NOT NULL,
  "prev" TEXT NOT NULL,
  CONSTRAINT "record_pkey" PRIMARY KEY ("office_id", "stream", "stream_id", "seq"),
  CONSTRAINT "record_stream" CHECK ("stream" IN ('case', 'project', 'office', 'reads')),
  CONSTRAINT "record_seq" CHECK ("seq" >= 1),
  CONSTRAINT "record_hash" CHECK ("hash" = encode(sha256(convert_to('four-lists/record/v1' || chr(10) || "bytes", 'UTF8')), 'hex'))
);
CREATE UNIQUE INDEX "record_command_key" ON "record" ("office_id", "command_id");

CREATE TABLE "refusal_log" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "item_id" TEXT,
  "actor_id" TEXT NOT NULL,
  "command" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "at" BIGINT NOT NULL,
  CONSTRAINT "refusal_log_pkey" PRIMARY KEY ("office_id", "id")
);

-- What a person has done on an item, over its whole history.
CREATE TABLE "duty" (
  "office_id" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "duty" TEXT NOT NULL,
  CONSTRAINT "duty_pkey" PRIMARY KEY ("office_id", "item_id", "user_id", "duty"),
  -- S1 and invariant 22, S5: held by the database too, for every definition.
  CONSTRAINT "separation-of-duties-S1" EXCLUDE USING gist ("office_id" WITH =, "item_id" WITH =, "user_id" WITH =, "duty" WITH <>)
    WHERE ("duty" IN ('handler', 'checker', 'closure_reviewer')),
  CONSTRAINT "separation-of-duties-I22" EXCLUDE USING gist ("office_id" WITH =, "item_id" WITH =, "user_id" WITH =, "duty" WITH <>)
    WHERE ("duty" IN ('resource_decider', 'closure_reviewer')),
  CONSTRAINT "separation-of-duties-S5" EXCLUDE USING gist ("office_id" WITH =, "item_id" WITH =, "user_id" WITH =, "duty" WITH <>)
    WHERE ("duty" IN ('handler', 'caller'))
);

CREATE TABLE "request" (
  "office_id" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "command" TEXT NOT NULL,
  "asked_by" TEXT NOT NULL,
  "decided_by" TEXT,
  "outcome" TEXT,
  CONSTRAINT "request_pkey" PRIMARY KEY ("office_id", "item_id", "id"),
  -- S2: who asks does not decide.
  CONSTRAINT "second-person-needed" CHECK ("decided_by" IS NULL OR "decided_by" <> "asked_by"),
  CONSTRAINT "request_decided" CHECK (("decided_by" IS NULL) = ("outcome" IS NULL))
);
CREATE UNIQUE INDEX "already-requested" ON "request" ("office_id", "item_id", "command") WHERE ("decided_by" IS NULL);

CREATE TABLE "resource" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "unit" TEXT NOT NULL,
  "owner_id" TEXT NOT NULL,
  "title_zh" TEXT NOT NULL,
  "title_en" TEXT NOT NULL,
  "capacity" BIGINT,
  "reserved" BIGINT NOT NULL DEFAULT 0,
  "area" TEXT[] NOT NULL,
  "valid_from" DATE NOT NULL,
  "valid_to" DATE,
  CONSTRAINT "resource_pkey" PRIMARY KEY ("office_id", "id"),
  CONSTRAINT "resource_reserved" CHECK ("reserved" >= 0),
  CONSTRAINT "resource-over-capacity" CHECK ("capacity" IS NULL OR "reserved" <= "capacity")
);
CREATE INDEX "resource_kind" ON "resource" ("office_id", "kind", "unit");

CREATE TABLE "reservation" (
  "office_id" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "need" TEXT NOT NULL,
  "resource_id" TEXT NOT NULL,
  "amount" BIGINT NOT NULL,
  "released" BOOLEAN NOT NULL DEFAULT false,
  CONSTRAINT "reservation_pkey" PRIMARY KEY ("office_id", "item_id", "id"),
  CONSTRAINT "reservation_amount" CHECK ("amount" > 0)
);
CREATE INDEX "reservation_resource" ON "reservation" ("office_id", "resource_id") WHERE (NOT "released");

CREATE TABLE "team" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "unit_id" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "title_zh" TEXT NOT NULL,
  "title_en" TEXT NOT NULL,
  "skills" TEXT[] NOT NULL,
  "area" TEXT[] NOT NULL,
  "active" BOOLEAN NOT NULL,
  "open_load" INTEGER NOT NULL DEFAULT 0,
  "max_open_load" INTEGER NOT NULL,
  CONSTRAINT "team_pkey" PRIMARY KEY ("office_id", "id"),
  CONSTRAINT "team_open_load" CHECK ("open_load" >= 0),
  CONSTRAINT "team-over-capacity" CHECK ("open_load" <= "max_open_load")
);

CREATE TABLE "assignment" (
  "office_id" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  "rev" INTEGER NOT NULL,
  "team_id" TEXT NOT NULL,
  "ended" BOOLEAN NOT NULL DEFAULT false,
  CONSTRAINT "assignment_pkey" PRIMARY KEY ("office_id", "item_id", "rev")
);
CREATE UNIQUE INDEX "assignment_open_key" ON "assignment" ("office_id", "item_id") WHERE (NOT "ended");

-- Steps of the system that were refused or found nothing: passed over until `retry_at`.
CREATE TABLE "stuck" (
  "office_id" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  "step" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "tries" INTEGER NOT NULL,
  "retry_at" BIGINT NOT NULL,
  CONSTRAINT "stuck_pkey" PRIMARY KEY ("office_id", "item_id", "step")
);

-- Words and personal values: ciphertext only. One key per subject, or per item where there is none.
CREATE TABLE "data_key" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "subject" TEXT,
  "wrapped" BYTEA NOT NULL,
  CONSTRAINT "data_key_pkey" PRIMARY KEY ("office_id", "id")
);
CREATE UNIQUE INDEX "data_key_subject" ON "data_key" ("office_id", "subject");

CREATE TABLE "sealed_text" (
  "office_id" TEXT NOT NULL,
  "owner" TEXT NOT NULL,
  "rev" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "key_id" TEXT NOT NULL,
  "sealed" BYTEA NOT NULL,
  CONSTRAINT "sealed_text_pkey" PRIMARY KEY ("office_id", "owner", "rev", "name")
);

-- Every key names the office, so that no row can point into another one.
ALTER TABLE "unit" ADD CONSTRAINT "unit_office_fkey" FOREIGN KEY ("office_id") REFERENCES "office" ("office_id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "unit" ADD CONSTRAINT "unit_parent_fkey" FOREIGN KEY ("office_id", "parent_id") REFERENCES "unit" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "user_account" ADD CONSTRAINT "user_account_unit_fkey" FOREIGN KEY ("office_id", "unit_id") REFERENCES "unit" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "session" ADD CONSTRAINT "session_user_fkey" FOREIGN KEY ("office_id", "user_id") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "role_grant" ADD CONSTRAINT "role_grant_user_fkey" FOREIGN KEY ("office_id", "user_id") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "role_grant" ADD CONSTRAINT "role_grant_unit_fkey" FOREIGN KEY ("office_id", "unit_id") REFERENCES "unit" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "definition_version" ADD CONSTRAINT "definition_version_office_fkey" FOREIGN KEY ("office_id") REFERENCES "office" ("office_id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "calendar" ADD CONSTRAINT "calendar_office_fkey" FOREIGN KEY ("office_id") REFERENCES "office" ("office_id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "item" ADD CONSTRAINT "item_definition_fkey" FOREIGN KEY ("office_id", "definition_hash") REFERENCES "definition_version" ("office_id", "hash") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "item" ADD CONSTRAINT "item_unit_fkey" FOREIGN KEY ("office_id", "unit_id") REFERENCES "unit" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "case_detail" ADD CONSTRAINT "case_detail_item_fkey" FOREIGN KEY ("office_id", "item_id") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "case_detail" ADD CONSTRAINT "unknown-area" FOREIGN KEY ("office_id", "area") REFERENCES "unit" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "case_detail" ADD CONSTRAINT "case_detail_submitter_fkey" FOREIGN KEY ("office_id", "submitted_by") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "case_detail" ADD CONSTRAINT "case_detail_key_fkey" FOREIGN KEY ("office_id", "key_id") REFERENCES "data_key" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "case_number" ADD CONSTRAINT "case_number_office_fkey" FOREIGN KEY ("office_id") REFERENCES "office" ("office_id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "command" ADD CONSTRAINT "command_item_fkey" FOREIGN KEY ("office_id", "item_id") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "command" ADD CONSTRAINT "command_grant_fkey" FOREIGN KEY ("office_id", "grant_id") REFERENCES "role_grant" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "record" ADD CONSTRAINT "record_command_fkey" FOREIGN KEY ("office_id", "command_id") REFERENCES "command" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "record" ADD CONSTRAINT "record_definition_fkey" FOREIGN KEY ("office_id", "definition_hash") REFERENCES "definition_version" ("office_id", "hash") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "refusal_log" ADD CONSTRAINT "refusal_log_office_fkey" FOREIGN KEY ("office_id") REFERENCES "office" ("office_id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "duty" ADD CONSTRAINT "duty_item_fkey" FOREIGN KEY ("office_id", "item_id") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "duty" ADD CONSTRAINT "duty_user_fkey" FOREIGN KEY ("office_id", "user_id") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "request" ADD CONSTRAINT "request_item_fkey" FOREIGN KEY ("office_id", "item_id") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "request" ADD CONSTRAINT "request_asked_by_fkey" FOREIGN KEY ("office_id", "asked_by") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "request" ADD CONSTRAINT "request_decided_by_fkey" FOREIGN KEY ("office_id", "decided_by") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "resource" ADD CONSTRAINT "resource_owner_fkey" FOREIGN KEY ("office_id", "owner_id") REFERENCES "unit" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "reservation" ADD CONSTRAINT "reservation_item_fkey" FOREIGN KEY ("office_id", "item_id") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "reservation" ADD CONSTRAINT "reservation_resource_fkey" FOREIGN KEY ("office_id", "resource_id") REFERENCES "resource" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "team" ADD CONSTRAINT "team_unit_fkey" FOREIGN KEY ("office_id", "unit_id") REFERENCES "unit" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "assignment" ADD CONSTRAINT "assignment_item_fkey" FOREIGN KEY ("office_id", "item_id") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "assignment" ADD CONSTRAINT "assignment_team_fkey" FOREIGN KEY ("office_id", "team_id") REFERENCES "team" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "stuck" ADD CONSTRAINT "stuck_item_fkey" FOREIGN KEY ("office_id", "item_id") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "data_key" ADD CONSTRAINT "data_key_office_fkey" FOREIGN KEY ("office_id") REFERENCES "office" ("office_id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "sealed_text" ADD CONSTRAINT "sealed_text_key_fkey" FOREIGN KEY ("office_id", "key_id") REFERENCES "data_key" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Counters are kept by the database from the rows they count (invariant 17).
CREATE FUNCTION count_reservation() RETURNS TRIGGER LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.released OR NOT NEW.released OR NEW.amount <> OLD.amount OR NEW.resource_id <> OLD.resource_id) THEN
    RAISE EXCEPTION 'a reservation is only ever released' USING ERRCODE = 'restrict_violation';
  END IF;
  UPDATE resource SET reserved = reserved + CASE TG_OP WHEN 'INSERT' THEN NEW.amount ELSE -NEW.amount END
    WHERE office_id = NEW.office_id AND id = NEW.resource_id;
  RETURN NULL;
END $$;
CREATE TRIGGER "reservation_count" AFTER INSERT OR UPDATE ON "reservation" FOR EACH ROW EXECUTE FUNCTION count_reservation();

CREATE FUNCTION count_assignment() RETURNS TRIGGER LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.ended OR NOT NEW.ended OR NEW.team_id <> OLD.team_id) THEN
    RAISE EXCEPTION 'an assignment is only ever ended' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'INSERT' AND NOT (SELECT active FROM team WHERE office_id = NEW.office_id AND id = NEW.team_id) THEN
    RAISE EXCEPTION 'the team is not active' USING ERRCODE = 'check_violation', CONSTRAINT = 'team-not-active';
  END IF;
  UPDATE team SET open_load = open_load + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END
    WHERE office_id = NEW.office_id AND id = NEW.team_id;
  RETURN NULL;
END $$;
CREATE TRIGGER "assignment_count" AFTER INSERT OR UPDATE ON "assignment" FOR EACH ROW EXECUTE FUNCTION count_assignment();

-- Each record follows its predecessor, in number, hash and time (invariants 8, 27, 33).
CREATE FUNCTION check_chain() RETURNS TRIGGER LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
  before_hash text;
  before_at bigint;
BEGIN
  SELECT r.hash, r.at INTO before_hash, before_at FROM "record" r
    WHERE r.office_id = NEW.office_id AND r.stream = NEW.stream AND r.stream_id = NEW.stream_id AND r.seq = NEW.seq - 1;
  IF NEW.seq > 1 AND NOT FOUND THEN
    RAISE EXCEPTION 'record % has no predecessor', NEW.seq USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'record_dense';
  END IF;
  IF NEW.prev <> coalesce(before_hash, repeat('0', 64)) THEN
    RAISE EXCEPTION 'record % does not name its predecessor', NEW.seq USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'record_chain';
  END IF;
  IF NEW.at < before_at THEN
    RAISE EXCEPTION 'record % is earlier than its predecessor', NEW.seq USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'record_time';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "record_follows" BEFORE INSERT ON "record" FOR EACH ROW EXECUTE FUNCTION check_chain();

-- At the commit: one command, one record, one revision, all saying the same (invariants 7, 9, 12, 24).
CREATE FUNCTION check_step() RETURNS TRIGGER LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
  step command%ROWTYPE;
  proof "record"%ROWTYPE;
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
CREATE CONSTRAINT TRIGGER "command_step" AFTER INSERT ON "command" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_step();
CREATE CONSTRAINT TRIGGER "item_step_insert" AFTER INSERT ON "item" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_step();
CREATE CONSTRAINT TRIGGER "item_step_update" AFTER UPDATE ON "item" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.rev IS DISTINCT FROM NEW.rev OR OLD.state IS DISTINCT FROM NEW.state OR OLD.head IS DISTINCT FROM NEW.head OR OLD.place IS DISTINCT FROM NEW.place)
  EXECUTE FUNCTION check_step();

-- Revisions are dense, and nothing leaves the archive (invariants 8, 38).
CREATE FUNCTION check_item() RETURNS TRIGGER LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.rev <> 1 THEN
      RAISE EXCEPTION 'an item begins with revision 1' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'item_dense';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.rev NOT IN (OLD.rev, OLD.rev + 1) THEN
    RAISE EXCEPTION 'revisions are dense' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'item_dense';
  END IF;
  IF NEW.rev = OLD.rev AND (NEW.state <> OLD.state OR NEW.head <> OLD.head OR NEW.place <> OLD.place OR NEW.definition_hash <> OLD.definition_hash) THEN
    RAISE EXCEPTION 'an item changes only with a record' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'item_at_head';
  END IF;
  IF OLD.place = 'archived' AND NEW.rev <> OLD.rev THEN
    RAISE EXCEPTION 'nothing leaves the archive' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'archived_is_final';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "item_changes" BEFORE INSERT OR UPDATE ON "item" FOR EACH ROW EXECUTE FUNCTION check_item();

-- History is only ever added to (invariant 34).
CREATE FUNCTION refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only';
END $$;
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['record', 'command', 'refusal_log', 'duty', 'definition_version', 'calendar'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', t);
    EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;

-- A database is a simulation from its creation on or never.
CREATE FUNCTION check_simulation() RETURNS TRIGGER LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF NEW.simulation <> OLD.simulation AND EXISTS (SELECT 1 FROM office) THEN
    RAISE EXCEPTION 'a database becomes a simulation at its creation only' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'simulation_fixed';
  END IF;
  IF NEW.simulation AND OLD.simulation AND NEW.office_base + (clock_timestamp() - NEW.real_base) * NEW.scale
      < OLD.office_base + (clock_timestamp() - OLD.real_base) * OLD.scale - interval '1 second' THEN
    RAISE EXCEPTION 'the office clock does not go back' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'clock_goes_on';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "simulation_clock_changes" BEFORE UPDATE ON "simulation_clock" FOR EACH ROW EXECUTE FUNCTION check_simulation();

-- Row level security: a transaction sees the office it named and nothing else; the owner too.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['office', 'unit', 'user_account', 'session', 'role_grant', 'definition_version', 'calendar', 'item', 'case_detail',
    'case_number', 'command', 'record', 'refusal_log', 'duty', 'request', 'resource', 'reservation', 'team', 'assignment', 'stuck', 'data_key', 'sealed_text'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('GRANT SELECT ON %I TO four_lists_app', t);
    EXECUTE format('CREATE POLICY office_only ON %I USING (office_id = current_office()) WITH CHECK (office_id = current_office())', t);
  END LOOP;
END $$;

-- Login and sessions begin before an office is known: one question each, answered with an office and nothing more.
CREATE POLICY "login" ON "user_account" FOR SELECT TO four_lists_owner USING (true);
CREATE FUNCTION office_of_username(name TEXT) RETURNS TEXT LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT office_id FROM user_account WHERE username = name
$$;
CREATE POLICY "any_office" ON "office" FOR SELECT TO four_lists_owner USING (true);

GRANT USAGE ON SCHEMA public TO four_lists_app, four_lists_background;
GRANT SELECT ON "simulation_clock" TO four_lists_app;
GRANT INSERT ON "item", "case_detail", "case_number", "command", "record", "refusal_log", "duty", "request", "reservation", "assignment",
  "stuck", "data_key", "sealed_text", "session" TO four_lists_app;
GRANT UPDATE ON "item", "case_number", "stuck" TO four_lists_app;
GRANT UPDATE ("decided_by", "outcome") ON "request" TO four_lists_app;
GRANT UPDATE ("released") ON "reservation" TO four_lists_app;
GRANT UPDATE ("ended") ON "assignment" TO four_lists_app;
GRANT UPDATE ("failures", "locked_until") ON "user_account" TO four_lists_app;
GRANT DELETE ON "stuck", "session" TO four_lists_app;
-- Locks need a privilege to change; these columns are never written by the application.
GRANT UPDATE ("office_id") ON "team", "resource", "role_grant", "data_key" TO four_lists_app;
GRANT UPDATE ("office_base", "real_base", "scale") ON "simulation_clock" TO four_lists_app;

CREATE POLICY "loops" ON "item" FOR SELECT TO four_lists_background USING (true);
CREATE POLICY "loops" ON "office" FOR SELECT TO four_lists_background USING (true);
GRANT SELECT ("office_id", "id", "rev", "next_due") ON "item" TO four_lists_background;
GRANT SELECT ("office_id") ON "office" TO four_lists_background;
REVOKE ALL ON FUNCTION office_of_username(TEXT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION office_of_username(TEXT) TO four_lists_app;
