import type { z } from 'zod';
import { isId, type UserId } from '../../domain/ids.ts';
import { formatInstant, instant } from '../../domain/time.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { OfficeKey } from '../../record/seal.ts';
import type { CommandOutcome } from '../contract/items.ts';
import { Problem } from '../problem.ts';
import { readingScope } from './reading.ts';
import { withReceipt } from './receipt.ts';

type Outcome = z.output<typeof CommandOutcome>;

interface Row {
  id: string;
  name: string;
  item_id: string;
  actor_id: string;
  role: string;
  received_at: number;
  at: number;
  rev: number;
  answer: string;
}

const COLUMNS = 'id, name, item_id, actor_id, role, received_at, at, rev, answer';

/** An applied command by its id. @throws Problem command-not-applied when this person has no such one to see */
export async function commandById(tx: OfficeTransaction, key: OfficeKey, user: UserId, id: string): Promise<Outcome> {
  if (!isId(id)) throw new Problem('command-not-applied');
  const [row] = await tx.query<Row>(
    'api_command_by_id',
    `SELECT ${COLUMNS} FROM command WHERE office_id = $1 AND id = $2`,
    [tx.office, id],
  );
  if (row && row.actor_id !== user && (await readingScope(tx, user)) === 'own')
    throw new Problem('command-not-applied');
  return view(key, row);
}

/** What became of a command whose answer was lost: the caller's own, by the key that it was sent with. @throws as above */
export async function commandByKey(
  tx: OfficeTransaction,
  officeKey: OfficeKey,
  user: UserId,
  key: string,
): Promise<Outcome> {
  const [row] = await tx.query<Row>(
    'api_command_by_key',
    `SELECT ${COLUMNS} FROM command WHERE office_id = $1 AND actor_id = $2 AND key = $3`,
    [tx.office, user, key],
  );
  return view(officeKey, row);
}

function view(key: OfficeKey, row: Row | undefined): Outcome {
  if (!row) throw new Problem('command-not-applied');
  return {
    id: row.id,
    outcome: 'applied',
    name: row.name,
    item: row.item_id,
    actor: { id: row.actor_id, role: row.role },
    receivedAt: formatInstant(instant(row.received_at)),
    at: formatInstant(instant(row.at)),
    rev: row.rev,
    answer: answerOf(key, row),
  };
}

/** As it was answered: with the receipt where a case began. */
function answerOf(key: OfficeKey, { name, answer }: Row): Outcome['answer'] {
  return name === 'submit' ? withReceipt(key, answer) : (JSON.parse(answer) as Outcome['answer']); // record/write.ts wrote it
}
