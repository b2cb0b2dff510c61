-- The dispatch catalogue: one version after another, one row for each category.
CREATE TABLE "catalogue" (
  "office_id" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  -- The scheme of codes that is meant where none is named.
  "system" TEXT NOT NULL,
  "sha256" TEXT NOT NULL,
  CONSTRAINT "catalogue_pkey" PRIMARY KEY ("office_id", "version")
);
CREATE TABLE "catalogue_entry" (
  "office_id" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "system" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  "unit_id" TEXT NOT NULL,
  "team_id" TEXT,
  "content" TEXT NOT NULL,
  CONSTRAINT "catalogue_entry_pkey" PRIMARY KEY ("office_id", "version", "system", "code")
);
ALTER TABLE "catalogue" ADD CONSTRAINT "catalogue_office_fkey" FOREIGN KEY ("office_id") REFERENCES "office" ("office_id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "catalogue_entry" ADD CONSTRAINT "catalogue_entry_version_fkey" FOREIGN KEY ("office_id", "version") REFERENCES "catalogue" ("office_id", "version") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "catalogue_entry" ADD CONSTRAINT "catalogue_entry_unit_fkey" FOREIGN KEY ("office_id", "unit_id") REFERENCES "unit" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "catalogue_entry" ADD CONSTRAINT "catalogue_entry_team_fkey" FOREIGN KEY ("office_id", "team_id") REFERENCES "team" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What one person asks to be published, and another decides (S3, invariant 23).
CREATE TABLE "draft" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  -- The version that it changes: the next one is published from it, or none.
  "base" INTEGER NOT NULL,
  "content" TEXT NOT NULL,
  "sha256" TEXT NOT NULL,
  "asked_by" TEXT NOT NULL,
  "asked_at" BIGINT NOT NULL,
  "decided_by" TEXT,
  "decided_at" BIGINT,
  "outcome" TEXT,
  CONSTRAINT "draft_pkey" PRIMARY KEY ("office_id", "id"),
  CONSTRAINT "draft_kind" CHECK ("kind" IN ('calendar', 'catalogue')),
  CONSTRAINT "draft_base" CHECK ("base" >= 0),
  CONSTRAINT "draft_sha256" CHECK ("sha256" = encode(sha256(convert_to("content", 'UTF8')), 'hex')),
  CONSTRAINT "second-person-needed-S3" CHECK ("decided_by" <> "asked_by"),
  CONSTRAINT "draft_decided" CHECK (num_nonnulls("decided_by", "decided_at", "outcome") IN (0, 3) AND "outcome" IN ('published', 'refused'))
);
-- Whoever repeats a question whose answer was lost is told of the draft that is there.
CREATE UNIQUE INDEX "draft_open" ON "draft" ("office_id", "kind", "base", "asked_by", "sha256") WHERE ("outcome" IS NULL);
CREATE UNIQUE INDEX "draft_published" ON "draft" ("office_id", "kind", "base") WHERE ("outcome" = 'published');
ALTER TABLE "draft" ADD CONSTRAINT "draft_asked_by_fkey" FOREIGN KEY ("office_id", "asked_by") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "draft" ADD CONSTRAINT "draft_decided_by_fkey" FOREIGN KEY ("office_id", "decided_by") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

CREATE FUNCTION check_draft() RETURNS TRIGGER LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  IF OLD.outcome IS NOT NULL OR NEW.outcome IS NULL
      OR to_jsonb(NEW) - 'decided_by' - 'decided_at' - 'outcome' <> to_jsonb(OLD) - 'decided_by' - 'decided_at' - 'outcome' THEN
    RAISE EXCEPTION 'a draft is decided once and never changed' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'draft_decided_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "draft_changes" BEFORE UPDATE ON "draft" FOR EACH ROW EXECUTE FUNCTION check_draft();
CREATE TRIGGER append_only BEFORE DELETE ON "draft" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON "draft" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The first version of either comes with the office; every later one was asked for by one person and published by another,
-- word for word.
CREATE FUNCTION check_published() RETURNS TRIGGER LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
  digest text := CASE TG_TABLE_NAME WHEN 'catalogue' THEN to_jsonb(NEW)->>'sha256'
    ELSE encode(sha256(convert_to(to_jsonb(NEW)->>'content', 'UTF8')), 'hex') END;
BEGIN
  IF NEW.version > 1 AND NOT EXISTS (SELECT 1 FROM draft d WHERE d.office_id = NEW.office_id AND d.kind = TG_TABLE_NAME
      AND d.base = NEW.version - 1 AND d.outcome = 'published' AND d.sha256 = digest) THEN
    RAISE EXCEPTION 'version % was not published by two persons', NEW.version USING ERRCODE = 'restrict_violation', CONSTRAINT = 'published_by_two';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "calendar_published" BEFORE INSERT ON "calendar" FOR EACH ROW EXECUTE FUNCTION check_published();
CREATE TRIGGER "catalogue_published" BEFORE INSERT ON "catalogue" FOR EACH ROW EXECUTE FUNCTION check_published();

-- A published calendar is applied to the running clocks item by item; a row says how far that has come. `barrier`: every
-- transaction below it may have read the calendar before.
CREATE TABLE "calendar_run" (
  "office_id" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "barrier" BIGINT,
  "after" TEXT NOT NULL DEFAULT '',
  "corrected" INTEGER NOT NULL DEFAULT 0,
  "done" BOOLEAN NOT NULL DEFAULT false,
  CONSTRAINT "calendar_run_pkey" PRIMARY KEY ("office_id", "version")
);
ALTER TABLE "calendar_run" ADD CONSTRAINT "calendar_run_version_fkey" FOREIGN KEY ("office_id", "version") REFERENCES "calendar" ("office_id", "version") ON DELETE RESTRICT ON UPDATE RESTRICT;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['catalogue', 'catalogue_entry'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', t);
    EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['catalogue', 'catalogue_entry', 'draft', 'calendar_run'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY office_only ON %I USING (office_id = current_office()) WITH CHECK (office_id = current_office())', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO four_lists_app', t);
  END LOOP;
END $$;
GRANT INSERT ON "calendar" TO four_lists_app;
GRANT UPDATE ("decided_by", "decided_at", "outcome") ON "draft" TO four_lists_app;
GRANT UPDATE ("barrier", "after", "corrected", "done") ON "calendar_run" TO four_lists_app;
CREATE POLICY "loops" ON "calendar_run" FOR SELECT TO four_lists_background USING (true);
GRANT SELECT ("office_id", "version", "done") ON "calendar_run" TO four_lists_background;
