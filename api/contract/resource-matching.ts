import { z } from 'zod';
import { blockers } from '../../domain/process/lists.ts';
import { contract } from './command.ts';
import { amount, code, id, resourceRef, teamRef } from './values.ts';

export const startMatching = contract('start-matching', z.strictObject({}), [], {});

export const reserve = contract('reserve', z.strictObject({ need: code, resource: resourceRef, amount }), [], {
  need: 'lamps',
  resource: 'R05',
  amount: 20,
});

export const confirmReservation = contract(
  'confirm-reservation',
  z.strictObject({
    reservation: id
      .exactOptional()
      .meta({ description: '不填则全部确认 / left out: everything that is held on a lease' }),
  }),
  [],
  { reservation: 'r4' },
);

export const block = contract(
  'block',
  z.strictObject({
    blocker: z.enum(blockers),
    need: code
      .exactOptional()
      .meta({ description: '该项需求不再等待，缺此也可派单 / the need that the dispatch goes without' }),
  }),
  ['reason'],
  { blocker: 'NO_RESOURCE', reason: '移动泵已全部外借，预计周五归还。' },
);

export const unblock = contract('unblock', z.strictObject({}), [], { note: '泵已归还。' });

export const release = contract(
  'release',
  z.strictObject({
    reservation: id.exactOptional().meta({ description: '不填则全部释放 / left out: everything the case holds' }),
  }),
  [],
  { reservation: 'r4' },
);

export const assign = contract('assign', z.strictObject({ team: teamRef }), [], { team: 'T03' });
