-- A final item's history is to be kept: written with its last record, worked off by the archiver.
CREATE TABLE "archive_job" (
  "office_id" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  -- When the archiver looks next, by the real clock; null once no later run can come.
  "look_at" TIMESTAMPTZ(3) DEFAULT clock_timestamp(),
  "looks" INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT "archive_job_pkey" PRIMARY KEY ("office_id", "item_id")
);
CREATE INDEX "archive_job_look" ON "archive_job" ("look_at") WHERE ("look_at" IS NOT NULL);
ALTER TABLE "archive_job" ADD CONSTRAINT "archive_job_item_fkey" FOREIGN KEY ("office_id", "item_id") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

ALTER TABLE "archive_job" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "archive_job" FORCE ROW LEVEL SECURITY;
CREATE POLICY office_only ON "archive_job" USING (office_id = current_office()) WITH CHECK (office_id = current_office());
GRANT SELECT, INSERT ON "archive_job" TO four_lists_app;
GRANT UPDATE ("look_at", "looks") ON "archive_job" TO four_lists_app;
CREATE POLICY "loops" ON "archive_job" FOR SELECT TO four_lists_background USING (true);
GRANT SELECT ON "archive_job" TO four_lists_background;
