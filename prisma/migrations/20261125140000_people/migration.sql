-- Roles are the office's own data. `high`: asked by one person and granted by another.
CREATE TABLE "role" (
  "office_id" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "title_zh" TEXT NOT NULL,
  "title_en" TEXT NOT NULL,
  "high" BOOLEAN NOT NULL,
  -- Lists of {zh, en}: what people are told that it may, and may not.
  "may" JSONB NOT NULL,
  "may_not" JSONB NOT NULL,
  CONSTRAINT "role_pkey" PRIMARY KEY ("office_id", "code")
);
ALTER TABLE "role" ADD CONSTRAINT "role_office_fkey" FOREIGN KEY ("office_id") REFERENCES "office" ("office_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Offices that are there already name their roles by their codes until somebody gives them words.
DO $$
DECLARE o text;
BEGIN
  FOR o IN SELECT office_id FROM office LOOP
    PERFORM set_config('app.office', o, true);
    INSERT INTO role SELECT DISTINCT o, role, role, role,
      role IN ('duty_officer', 'supervisor', 'closure_reviewer', 'leader', 'finance', 'process_admin', 'auditor', 'privacy_officer', 'sys_admin'),
      '[]'::jsonb, '[]'::jsonb FROM role_grant WHERE office_id = o;
  END LOOP;
  PERFORM set_config('app.office', '', true);
END $$;

ALTER TABLE "user_account" ADD COLUMN "active" BOOLEAN NOT NULL DEFAULT true;

-- A high role, or the password of somebody who holds one: asked by one person, decided by another.
CREATE TABLE "access_request" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "role" TEXT,
  "unit_id" TEXT,
  "valid_from" TIMESTAMPTZ(3),
  "valid_to" TIMESTAMPTZ(3),
  "for_user" TEXT,
  "asked_by" TEXT NOT NULL,
  "asked_at" BIGINT NOT NULL,
  "decided_by" TEXT,
  "decided_at" BIGINT,
  "outcome" TEXT,
  CONSTRAINT "access_request_pkey" PRIMARY KEY ("office_id", "id"),
  CONSTRAINT "access_request_kind" CHECK (CASE "kind" WHEN 'grant' THEN num_nonnulls("role", "valid_from") = 2
    WHEN 'password-reset' THEN num_nonnulls("role", "unit_id", "valid_from", "valid_to", "for_user") = 0 ELSE false END),
  CONSTRAINT "access_request_decided" CHECK (num_nonnulls("decided_by", "decided_at", "outcome") IN (0, 3) AND "outcome" IN ('granted', 'refused')),
  -- Invariant 23: neither who asked nor whom it is for.
  CONSTRAINT "second-person-needed-access" CHECK ("decided_by" <> "asked_by" AND ("outcome" = 'refused' OR "decided_by" <> "user_id"))
);
CREATE UNIQUE INDEX "access_request_open" ON "access_request" ("office_id", "user_id", "kind", "role", "unit_id") NULLS NOT DISTINCT
  WHERE ("decided_by" IS NULL);
ALTER TABLE "access_request" ADD CONSTRAINT "access_request_user_fkey" FOREIGN KEY ("office_id", "user_id") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "access_request" ADD CONSTRAINT "access_request_for_user_fkey" FOREIGN KEY ("office_id", "for_user") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "access_request" ADD CONSTRAINT "access_request_asked_by_fkey" FOREIGN KEY ("office_id", "asked_by") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "access_request" ADD CONSTRAINT "access_request_decided_by_fkey" FOREIGN KEY ("office_id", "decided_by") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "access_request" ADD CONSTRAINT "access_request_role_fkey" FOREIGN KEY ("office_id", "role") REFERENCES "role" ("office_id", "code") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "access_request" ADD CONSTRAINT "access_request_unit_fkey" FOREIGN KEY ("office_id", "unit_id") REFERENCES "unit" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Decided once, and nothing of what was asked is changed.
CREATE FUNCTION check_access_request() RETURNS TRIGGER LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  IF OLD.decided_by IS NOT NULL OR to_jsonb(NEW) - 'decided_by' - 'decided_at' - 'outcome' <> to_jsonb(OLD) - 'decided_by' - 'decided_at' - 'outcome' THEN
    RAISE EXCEPTION 'a request is decided once and never changed' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'access_request_decided_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "access_request_decided" BEFORE UPDATE ON "access_request" FOR EACH ROW EXECUTE FUNCTION check_access_request();
CREATE TRIGGER append_only BEFORE DELETE ON "access_request" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON "access_request" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A grant that is revoked before it begins never holds.
ALTER TABLE "role_grant" ADD COLUMN "request_id" TEXT;
ALTER TABLE "role_grant" DROP CONSTRAINT "role_grant_interval";
ALTER TABLE "role_grant" ADD CONSTRAINT "role_grant_interval" CHECK ("valid_to" IS NULL OR "valid_to" >= "valid_from");
ALTER TABLE "role_grant" ADD CONSTRAINT "role_grant_role_fkey" FOREIGN KEY ("office_id", "role") REFERENCES "role" ("office_id", "code") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "role_grant" ADD CONSTRAINT "role_grant_request_fkey" FOREIGN KEY ("office_id", "request_id") REFERENCES "access_request" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
-- S6: an auditor holds no other role at the same time.
ALTER TABLE "role_grant" ADD CONSTRAINT "separation-of-duties-S6" EXCLUDE USING gist ("office_id" WITH =, "user_id" WITH =,
  (("role" = 'auditor')::int) WITH <>, tstzrange("valid_from", "valid_to") WITH &&);

-- What the application may do to grants: give high ones only after a second person's decision, and end what runs, now.
CREATE FUNCTION check_grant() RETURNS TRIGGER LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  IF current_user <> 'four_lists_app' THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF (SELECT high FROM role WHERE office_id = NEW.office_id AND code = NEW.role) AND NOT EXISTS (
      SELECT 1 FROM access_request r WHERE r.office_id = NEW.office_id AND r.id = NEW.request_id AND r.outcome = 'granted'
        AND r.user_id = NEW.user_id AND r.role = NEW.role AND r.unit_id IS NOT DISTINCT FROM NEW.unit_id AND r.for_user IS NOT DISTINCT FROM NEW.for_user
        AND r.valid_to IS NOT DISTINCT FROM NEW.valid_to) THEN
      RAISE EXCEPTION 'a high role is granted by a second person' USING ERRCODE = 'check_violation', CONSTRAINT = 'second-person-needed-grant';
    END IF;
    IF NEW.valid_from < office_now() - interval '1 minute' THEN
      RAISE EXCEPTION 'a grant does not begin in the past' USING ERRCODE = 'check_violation', CONSTRAINT = 'interval-invalid-grant';
    END IF;
  ELSIF to_jsonb(NEW) - 'valid_to' <> to_jsonb(OLD) - 'valid_to' OR NEW.valid_to IS NULL OR NEW.valid_to > OLD.valid_to
    OR NEW.valid_to < least(office_now() - interval '1 minute', OLD.valid_to) THEN
    RAISE EXCEPTION 'a grant is only ever ended, and not in the past' USING ERRCODE = 'check_violation', CONSTRAINT = 'interval-invalid-grant';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "grant_changes" BEFORE INSERT OR UPDATE ON "role_grant" FOR EACH ROW EXECUTE FUNCTION check_grant();

-- Who was drawn last: whose item it is while it rests where only the drawn person may act.
ALTER TABLE "item" ADD COLUMN "drawn_to" TEXT GENERATED ALWAYS AS ("state"->'drawn'->-1->>0) STORED;
CREATE INDEX "item_drawn" ON "item" ("office_id", "drawn_to", "place", "due_at", "id") WHERE ("drawn_to" IS NOT NULL);
CREATE INDEX "item_unit" ON "item" ("office_id", "unit_id", "place", "due_at", "id") WHERE ("unit_id" IS NOT NULL);
CREATE INDEX "case_detail_submitter" ON "case_detail" ("office_id", "submitted_by");

-- What an inbox is looked at through; the name is sealed, because somebody wrote it.
CREATE TABLE "saved_view" (
  "office_id" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "name" BYTEA NOT NULL,
  "filters" JSONB NOT NULL,
  CONSTRAINT "saved_view_pkey" PRIMARY KEY ("office_id", "user_id", "id")
);
ALTER TABLE "saved_view" ADD CONSTRAINT "saved_view_user_fkey" FOREIGN KEY ("office_id", "user_id") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Each record once, in an order that everybody sees alike: numbered by one loop after its commit, because commits do not
-- end in the order in which they began.
CREATE TABLE "news" (
  "office_id" TEXT NOT NULL,
  "stream" TEXT NOT NULL,
  "stream_id" TEXT NOT NULL,
  "seq" INTEGER NOT NULL,
  "n" BIGINT,
  -- Where the item stands after the record.
  "place" TEXT,
  CONSTRAINT "news_pkey" PRIMARY KEY ("office_id", "stream", "stream_id", "seq")
);
CREATE UNIQUE INDEX "news_number" ON "news" ("office_id", "n") WHERE ("n" IS NOT NULL);
CREATE INDEX "news_waiting" ON "news" ("office_id", "stream", "stream_id", "seq") WHERE ("n" IS NULL);
ALTER TABLE "news" ADD CONSTRAINT "news_office_fkey" FOREIGN KEY ("office_id") REFERENCES "office" ("office_id") ON DELETE RESTRICT ON UPDATE RESTRICT;
CREATE TABLE "news_head" (
  "office_id" TEXT NOT NULL,
  "last" BIGINT NOT NULL,
  CONSTRAINT "news_head_pkey" PRIMARY KEY ("office_id")
);
ALTER TABLE "news_head" ADD CONSTRAINT "news_head_office_fkey" FOREIGN KEY ("office_id") REFERENCES "office" ("office_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

CREATE FUNCTION note_news() RETURNS TRIGGER LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  INSERT INTO news (office_id, stream, stream_id, seq) VALUES (NEW.office_id, NEW.stream, NEW.stream_id, NEW.seq);
  RETURN NULL;
END $$;
CREATE TRIGGER "record_news" AFTER INSERT ON "record" FOR EACH ROW EXECUTE FUNCTION note_news();

-- Who is told of what: codes only. A record tells one person of one kind of thing once.
CREATE TABLE "notice" (
  "office_id" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "n" BIGINT NOT NULL,
  "kind" TEXT NOT NULL,
  "stream" TEXT NOT NULL,
  "stream_id" TEXT NOT NULL,
  "seq" INTEGER NOT NULL,
  "subject" TEXT NOT NULL,
  "at" BIGINT NOT NULL,
  "read_at" BIGINT,
  CONSTRAINT "notice_pkey" PRIMARY KEY ("office_id", "user_id", "n", "kind")
);
CREATE UNIQUE INDEX "notice_once" ON "notice" ("office_id", "stream", "stream_id", "seq", "user_id", "kind");
CREATE INDEX "notice_unread" ON "notice" ("office_id", "user_id", "n") WHERE ("read_at" IS NULL);
ALTER TABLE "notice" ADD CONSTRAINT "notice_user_fkey" FOREIGN KEY ("office_id", "user_id") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['role', 'access_request', 'saved_view', 'news', 'news_head', 'notice'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO four_lists_app', t);
    EXECUTE format('CREATE POLICY office_only ON %I USING (office_id = current_office()) WITH CHECK (office_id = current_office())', t);
  END LOOP;
END $$;
GRANT INSERT ON "user_account", "role_grant" TO four_lists_app;
GRANT UPDATE ("password_hash", "active") ON "user_account" TO four_lists_app;
GRANT UPDATE ("valid_to") ON "role_grant" TO four_lists_app;
GRANT UPDATE ("decided_by", "decided_at", "outcome") ON "access_request" TO four_lists_app;
GRANT UPDATE ("name", "filters"), DELETE ON "saved_view" TO four_lists_app;
GRANT UPDATE ("n", "place"), DELETE ON "news" TO four_lists_app;
GRANT UPDATE ("last") ON "news_head" TO four_lists_app;
GRANT UPDATE ("read_at") ON "notice" TO four_lists_app;
CREATE POLICY "loops" ON "news" FOR SELECT TO four_lists_background USING (true);
GRANT SELECT ("office_id", "n") ON "news" TO four_lists_background;
