/** The area and everything above it: a team or resource of any of these covers the item. */
export const ABOVE = `WITH RECURSIVE above AS (
  SELECT id, parent_id FROM unit WHERE office_id = $1 AND id = $2
  UNION ALL SELECT unit.id, unit.parent_id FROM unit JOIN above ON unit.office_id = $1 AND unit.id = above.parent_id)`;
