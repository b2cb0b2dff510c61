-- Evidence as it was brought: sealed bytes in pieces, so that neither an upload nor a download is ever held whole, and
-- one backup has everything. What was begun and not finished goes with the connection that brought it, or after an hour.
CREATE TABLE "file_content" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  "finished" BOOLEAN NOT NULL,
  "begun_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "file_content_pkey" PRIMARY KEY ("office_id", "id")
);
CREATE INDEX "file_content_begun" ON "file_content" ("begun_at") WHERE (NOT "finished");

CREATE TABLE "file_chunk" (
  "office_id" TEXT NOT NULL,
  "content_id" TEXT NOT NULL,
  "n" INTEGER NOT NULL,
  "sealed" BYTEA NOT NULL,
  CONSTRAINT "file_chunk_pkey" PRIMARY KEY ("office_id", "content_id", "n")
);
ALTER TABLE "file_chunk" ALTER COLUMN "sealed" SET STORAGE EXTERNAL; -- what is sealed does not get shorter

CREATE TABLE "case_file" (
  "office_id" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  -- Of the bytes exactly as they were brought: the name by which records speak of the file.
  "sha256" TEXT NOT NULL,
  "content_id" TEXT NOT NULL,
  "size" INTEGER NOT NULL,
  "type" TEXT NOT NULL,
  "key_id" TEXT NOT NULL,
  "name" BYTEA NOT NULL,
  -- Which bytes people are shown: ranges of the file, and what stands between them instead.
  "shown" JSONB NOT NULL,
  "brought_by" TEXT NOT NULL,
  "at" BIGINT NOT NULL,
  -- Whether a record speaks of it; one that none speaks of is removed after a day.
  "named" BOOLEAN NOT NULL DEFAULT false,
  CONSTRAINT "case_file_pkey" PRIMARY KEY ("office_id", "item_id", "sha256"),
  CONSTRAINT "case_file_sha256" CHECK ("sha256" ~ '^[0-9a-f]{64}$'),
  CONSTRAINT "case_file_size" CHECK ("size" BETWEEN 1 AND 20971520)
);
CREATE INDEX "case_file_loose" ON "case_file" ("at") WHERE (NOT "named");

-- Which record named which file. A constraint is named after its refusal: what was not brought for this item is no evidence.
CREATE TABLE "evidence" (
  "office_id" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  "rev" INTEGER NOT NULL,
  "n" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "sha256" TEXT NOT NULL,
  CONSTRAINT "evidence_pkey" PRIMARY KEY ("office_id", "item_id", "rev", "n")
);
CREATE INDEX "evidence_file" ON "evidence" ("office_id", "item_id", "sha256");

-- Who was handed which file, and whether as it was brought.
CREATE TABLE "file_read" (
  "office_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  "sha256" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "original" BOOLEAN NOT NULL,
  "at" BIGINT NOT NULL,
  CONSTRAINT "file_read_pkey" PRIMARY KEY ("office_id", "id")
);
CREATE INDEX "file_read_file" ON "file_read" ("office_id", "item_id", "sha256", "at");

ALTER TABLE "file_content" ADD CONSTRAINT "file_content_item_fkey" FOREIGN KEY ("office_id", "item_id") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "file_chunk" ADD CONSTRAINT "file_chunk_content_fkey" FOREIGN KEY ("office_id", "content_id") REFERENCES "file_content" ("office_id", "id") ON DELETE CASCADE ON UPDATE RESTRICT;
ALTER TABLE "case_file" ADD CONSTRAINT "case_file_item_fkey" FOREIGN KEY ("office_id", "item_id") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "case_file" ADD CONSTRAINT "case_file_content_fkey" FOREIGN KEY ("office_id", "content_id") REFERENCES "file_content" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "case_file" ADD CONSTRAINT "case_file_key_fkey" FOREIGN KEY ("office_id", "key_id") REFERENCES "data_key" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "case_file" ADD CONSTRAINT "case_file_user_fkey" FOREIGN KEY ("office_id", "brought_by") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "evidence" ADD CONSTRAINT "evidence-unknown" FOREIGN KEY ("office_id", "item_id", "sha256") REFERENCES "case_file" ("office_id", "item_id", "sha256") ON DELETE RESTRICT ON UPDATE RESTRICT;
-- The log of downloads outlives a file that nobody named, so it points to the item alone.
ALTER TABLE "file_read" ADD CONSTRAINT "file_read_item_fkey" FOREIGN KEY ("office_id", "item_id") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "file_read" ADD CONSTRAINT "file_read_user_fkey" FOREIGN KEY ("office_id", "user_id") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Kept by the database from the rows it stands for, as the counters are.
CREATE FUNCTION note_named() RETURNS TRIGGER LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  UPDATE case_file SET named = true
    WHERE office_id = NEW.office_id AND item_id = NEW.item_id AND sha256 = NEW.sha256 AND NOT named;
  RETURN NULL;
END $$;
CREATE TRIGGER "evidence_named" AFTER INSERT ON "evidence" FOR EACH ROW EXECUTE FUNCTION note_named();

-- A file is what it was, and once a record speaks of it it stays.
CREATE FUNCTION check_file() RETURNS TRIGGER LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'named' = to_jsonb(OLD) - 'named' AND NEW.named THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' AND NOT OLD.named THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'a file is never changed' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'file_stays';
END $$;
CREATE TRIGGER "case_file_stays" BEFORE UPDATE OR DELETE ON "case_file" FOR EACH ROW EXECUTE FUNCTION check_file();
CREATE TRIGGER append_only BEFORE UPDATE ON "file_chunk" FOR EACH ROW EXECUTE FUNCTION refuse_change();
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['evidence', 'file_read'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['evidence', 'file_read', 'case_file', 'file_chunk'] LOOP
    EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['file_content', 'file_chunk', 'case_file', 'evidence', 'file_read'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO four_lists_app', t);
    EXECUTE format('CREATE POLICY office_only ON %I USING (office_id = current_office()) WITH CHECK (office_id = current_office())', t);
  END LOOP;
END $$;
GRANT UPDATE ("finished"), DELETE ON "file_content" TO four_lists_app;
GRANT DELETE ON "case_file" TO four_lists_app;
-- A lock needs a privilege to change; this column is never written.
GRANT UPDATE ("office_id") ON "case_file" TO four_lists_app;
CREATE POLICY "loops" ON "file_content" FOR SELECT TO four_lists_background USING (true);
CREATE POLICY "loops" ON "case_file" FOR SELECT TO four_lists_background USING (true);
GRANT SELECT ("office_id", "id", "finished", "begun_at") ON "file_content" TO four_lists_background;
GRANT SELECT ("office_id", "item_id", "sha256", "at", "named") ON "case_file" TO four_lists_background;

-- The progress code of a case by its SHA-256; cases from before have none. The code names its office, so that the
-- question is asked within it.
ALTER TABLE "case_detail" ADD COLUMN "progress" TEXT;
CREATE UNIQUE INDEX "case_detail_progress_key" ON "case_detail" ("office_id", "progress");
