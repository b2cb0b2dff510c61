import type { z } from 'zod';
import type { Stage } from '../../domain/process/definition.ts';
import { formatInstant, instant } from '../../domain/time.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import { progressPrint } from '../../record/receipt.ts';
import type { Progress } from '../contract/progress.ts';
import { Problem } from '../problem.ts';
import { dueInWords, nextInWords, stageNames } from '../words/progress.ts';
import { stateTitles, titleIn } from './definitions.ts';

type View = z.output<typeof Progress>;

interface Row {
  code: string;
  rev: number;
  place: string;
  stage: Stage;
  due_at: number | null;
  at: number;
  head: string;
  definition_hash: string;
  name_zh: string;
  name_en: string;
}

/** How far the case of this code has come. One question finds it or does not. @throws Problem progress-unknown */
export async function readProgress(tx: OfficeTransaction, code: string): Promise<View> {
  const [row] = await tx.query<Row>(
    'api_progress',
    `SELECT i.code, i.rev, i.place, i.stage, i.due_at, i.at, i.head, i.definition_hash, o.name_zh, o.name_en
       FROM case_detail d JOIN item i ON i.office_id = d.office_id AND i.id = d.item_id JOIN office o ON o.office_id = d.office_id
       WHERE d.office_id = $1 AND d.progress = $2`,
    [tx.office, progressPrint(code)],
  );
  if (!row) throw new Problem('progress-unknown');
  const { stage, place } = row;
  return {
    number: row.code,
    office: { zh: row.name_zh, en: row.name_en },
    stage: { id: stage, title: stageNames[stage] },
    state: { id: place, title: titleIn(await stateTitles(tx, row.definition_hash), place) },
    next: nextInWords(place, stage),
    due: row.due_at === null ? null : dueOf(row.due_at, tx.beganAt),
    at: formatInstant(instant(row.at)),
    records: row.rev,
    hash: row.head,
  };
}

function dueOf(due: number, now: number): View['due'] {
  const at = formatInstant(instant(due));
  return { at, text: dueInWords(at), late: now > due };
}
