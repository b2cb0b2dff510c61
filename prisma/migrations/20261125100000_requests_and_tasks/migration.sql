-- A grant without a unit is held for the whole office; one with somebody in `for_user` lets its holder stand in for them (S9).
ALTER TABLE "role_grant" ALTER COLUMN "unit_id" DROP NOT NULL;
ALTER TABLE "role_grant" ADD COLUMN "for_user" TEXT;
ALTER TABLE "role_grant" ADD CONSTRAINT "role_grant_for" CHECK ("for_user" <> "user_id");
ALTER TABLE "role_grant" ADD CONSTRAINT "role_grant_for_fkey" FOREIGN KEY ("office_id", "for_user") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Of two who must agree, the first is kept here: neither is the asker, nor the other one (S2).
ALTER TABLE "request" ADD COLUMN "granted_first" TEXT;
ALTER TABLE "request" ADD CONSTRAINT "request_granted_first_fkey" FOREIGN KEY ("office_id", "granted_first") REFERENCES "user_account" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "request" ADD CONSTRAINT "second-person-needed-twice" CHECK ("granted_first" <> "asked_by" AND ("decided_by" IS NULL OR "granted_first" <> "decided_by"));
GRANT UPDATE ("granted_first") ON "request" TO four_lists_app;
-- What is asked for lapses when the item goes where it is not possible any more: then it has an outcome and nobody decided it.
ALTER TABLE "request" DROP CONSTRAINT "request_decided";
ALTER TABLE "request" ADD CONSTRAINT "request_decided" CHECK (("decided_by" IS NOT NULL) = coalesce("outcome" IN ('granted', 'refused'), false) AND ("outcome" IS NULL OR "outcome" IN ('granted', 'refused', 'lapsed')));
DROP INDEX "already-requested";
CREATE UNIQUE INDEX "already-requested" ON "request" ("office_id", "item_id", "command") WHERE ("outcome" IS NULL);

-- What another unit is asked to do.
CREATE TABLE "task" (
  "office_id" TEXT NOT NULL,
  "item_id" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "unit_id" TEXT NOT NULL,
  "answered" BOOLEAN NOT NULL DEFAULT false,
  CONSTRAINT "task_pkey" PRIMARY KEY ("office_id", "item_id", "id"),
  CONSTRAINT "task_kind" CHECK ("kind" IN ('co-task', 'whistle'))
);
CREATE INDEX "task_open" ON "task" ("office_id", "unit_id") WHERE (NOT "answered");
ALTER TABLE "task" ADD CONSTRAINT "task_item_fkey" FOREIGN KEY ("office_id", "item_id") REFERENCES "item" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "task" ADD CONSTRAINT "unknown-unit" FOREIGN KEY ("office_id", "unit_id") REFERENCES "unit" ("office_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "task" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "task" FORCE ROW LEVEL SECURITY;
CREATE POLICY office_only ON "task" USING (office_id = current_office()) WITH CHECK (office_id = current_office());
GRANT SELECT, INSERT, UPDATE ("answered") ON "task" TO four_lists_app;

-- What runs beside the work, pulled out of the state so that lists can be asked for it: what is asked, whistles, projects.
CREATE FUNCTION beside_of(state JSONB) RETURNS TEXT[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ARRAY(
    SELECT jsonb_array_elements(state->'requests')->>'command'
    UNION SELECT 'whistle' WHERE jsonb_path_exists(state, '$.tasks[*] ? (@.kind == "whistle" && @.answer == null)')
    UNION SELECT 'project' WHERE jsonb_array_length(state->'links') > 0)
$$;
ALTER TABLE "item" ADD COLUMN "beside" TEXT[] NOT NULL GENERATED ALWAYS AS (beside_of("state")) STORED;
CREATE INDEX "item_beside" ON "item" USING gin ("beside") WHERE ("beside" <> '{}');

-- Overrides are listed to auditors (S7).
CREATE INDEX "command_override" ON "command" ("office_id", "at", "id") WHERE ("name" = 'override');
