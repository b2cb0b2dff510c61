-- What one item's record asks of another item; the other one's workflow commits it. No foreign key on the target: it may
-- be an item that this very command begins.
CREATE TABLE "queued_command" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "target" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "source_rev" INTEGER NOT NULL,
  "n" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "payload" JSONB NOT NULL,
  "status" TEXT NOT NULL DEFAULT 'queued',
  "code" TEXT,
  "at" BIGINT NOT NULL,
  CONSTRAINT "queued_command_pkey" PRIMARY KEY ("office_id", "id"),
  CONSTRAINT "queued_command_status" CHECK ("status" IN ('queued', 'applied', 'rejected') AND ("status" = 'rejected') = ("code" IS NOT NULL)),
  -- Named after its refusal: what asks something of itself is a merge into itself.
  CONSTRAINT "merge-target-unfit" CHECK ("target" <> "source")
);
CREATE INDEX "queued_command_order" ON "queued_command" ("office_id", "source", "source_rev", "n");
CREATE INDEX "queued_command_open" ON "queued_command" ("office_id", "target", "at") WHERE ("status" = 'queued');
ALTER TABLE "queued_command" ADD CONSTRAINT "queued_command_source_fkey" FOREIGN KEY ("office_id", "source") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- It ends once, and nothing of what was asked is changed afterwards.
CREATE FUNCTION check_queued() RETURNS TRIGGER LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  IF OLD.status <> 'queued' OR NEW.status = 'queued' OR to_jsonb(NEW) - 'status' - 'code' <> to_jsonb(OLD) - 'status' - 'code' THEN
    RAISE EXCEPTION 'a queued command ends once and is never changed' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'queued_command_ends_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "queued_command_ends" BEFORE UPDATE ON "queued_command" FOR EACH ROW EXECUTE FUNCTION check_queued();
CREATE TRIGGER append_only BEFORE DELETE ON "queued_command" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON "queued_command" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE "queued_command" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "queued_command" FORCE ROW LEVEL SECURITY;
CREATE POLICY office_only ON "queued_command" USING (office_id = current_office()) WITH CHECK (office_id = current_office());
GRANT SELECT, INSERT, UPDATE ("status", "code") ON "queued_command" TO four_lists_app;
CREATE POLICY "loops" ON "queued_command" FOR SELECT TO four_lists_background USING (true);
GRANT SELECT ("office_id", "id", "target", "source", "status", "at") ON "queued_command" TO four_lists_background;
