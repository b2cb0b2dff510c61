-- Each run of an item's workflow, kept once it is closed; or that it was gone before it could be kept.
CREATE TABLE "history_archive" (
  "office_id" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  "run_id" TEXT NOT NULL,
  "lost" BOOLEAN NOT NULL,
  "events" INTEGER,
  -- Of the canonical JSON before it was compressed; the office's stream says the same.
  "sha256" TEXT,
  "gzip" BYTEA,
  "sdk" TEXT,
  "bundle" TEXT,
  CONSTRAINT "history_archive_pkey" PRIMARY KEY ("office_id", "item_id", "run_id"),
  CONSTRAINT "history_archive_whole" CHECK (num_nonnulls("events", "sha256", "gzip", "sdk", "bundle") = CASE WHEN "lost" THEN 0 ELSE 5 END)
);
ALTER TABLE "history_archive" ADD CONSTRAINT "history_archive_item_fkey" FOREIGN KEY ("office_id", "item_id") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

ALTER TABLE "history_archive" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "history_archive" FORCE ROW LEVEL SECURITY;
CREATE POLICY office_only ON "history_archive" USING (office_id = current_office()) WITH CHECK (office_id = current_office());
GRANT SELECT, INSERT ON "history_archive" TO four_lists_app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "history_archive" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON "history_archive" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The office's own stream tells what happened to the office, not to an item: no command of a person or of an item's
-- workflow, no definition that it would be judged by.
ALTER TABLE "record" ALTER COLUMN "command_id" DROP NOT NULL, ALTER COLUMN "definition_hash" DROP NOT NULL;
ALTER TABLE "record" ADD CONSTRAINT "record_of_item" CHECK (
  CASE WHEN "stream" IN ('office', 'reads') THEN num_nonnulls("command_id", "definition_hash") = 0
    ELSE num_nonnulls("command_id", "definition_hash") = 2 END);
-- One writer at a time follows the last record of the office; this column is never written by the application.
GRANT UPDATE ("office_id") ON "office" TO four_lists_app;
