-- A list has gained something: a place in a team, an amount of a resource, somebody who may be drawn. Rows are only ever
-- added by whoever gives back, so that nobody waits for a lock, and cleared away by the loop that looks for steps that
-- wait for them. `xid` is the transaction of the gain: whether a search has seen it is asked of the search's snapshot.
CREATE TABLE "gain" (
  "office_id" TEXT NOT NULL,
  "list" TEXT NOT NULL,
  "xid" BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "gain_pkey" PRIMARY KEY ("office_id", "list", "xid"),
  CONSTRAINT "gain_list" CHECK ("list" IN ('resource', 'team', 'people'))
);
CREATE INDEX "gain_at" ON "gain" ("at");
ALTER TABLE "gain" ADD CONSTRAINT "gain_office_fkey" FOREIGN KEY ("office_id") REFERENCES "office" ("office_id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Which list a stuck step waits for, and the snapshot under which it was found empty.
ALTER TABLE "stuck" ADD COLUMN "lacks" TEXT;
ALTER TABLE "stuck" ADD COLUMN "seen" TEXT;
ALTER TABLE "stuck" ADD CONSTRAINT "stuck_lacks" CHECK (("lacks" IS NULL) = ("seen" IS NULL));
CREATE INDEX "stuck_lacks_of_office" ON "stuck" ("office_id", "lacks") WHERE ("lacks" IS NOT NULL);

CREATE FUNCTION note_gain() RETURNS TRIGGER LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  INSERT INTO gain (office_id, list) VALUES (NEW.office_id, TG_ARGV[0]) ON CONFLICT (office_id, list, xid) DO NOTHING;
  RETURN NULL;
END $$;
-- What is given back, and what the office changes: not the counters, which move with every reservation too.
CREATE TRIGGER "reservation_gain" AFTER UPDATE ON "reservation" FOR EACH ROW EXECUTE FUNCTION note_gain('resource');
CREATE TRIGGER "resource_gain" AFTER INSERT OR UPDATE OF "capacity", "kind", "unit", "area", "valid_from", "valid_to" ON "resource"
  FOR EACH ROW EXECUTE FUNCTION note_gain('resource');
CREATE TRIGGER "assignment_gain" AFTER UPDATE ON "assignment" FOR EACH ROW EXECUTE FUNCTION note_gain('team');
CREATE TRIGGER "team_gain" AFTER INSERT OR UPDATE OF "skills", "area", "active", "max_open_load", "unit_id" ON "team"
  FOR EACH ROW EXECUTE FUNCTION note_gain('team');
CREATE TRIGGER "grant_gain" AFTER INSERT OR UPDATE ON "role_grant" FOR EACH ROW EXECUTE FUNCTION note_gain('people');

ALTER TABLE "gain" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "gain" FORCE ROW LEVEL SECURITY;
CREATE POLICY office_only ON "gain" USING (office_id = current_office()) WITH CHECK (office_id = current_office());
GRANT SELECT, INSERT ON "gain" TO four_lists_app;

CREATE POLICY "loops" ON "gain" TO four_lists_background USING (true);
CREATE POLICY "loops" ON "stuck" FOR SELECT TO four_lists_background USING (true);
GRANT SELECT, DELETE ON "gain" TO four_lists_background;
GRANT SELECT ("office_id", "item_id", "step", "retry_at", "lacks", "seen") ON "stuck" TO four_lists_background;
