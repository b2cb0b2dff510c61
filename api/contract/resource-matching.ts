import { z } from 'zod';
import { contract } from './command.ts';
import { amount, code, id, resourceRef, teamRef } from './values.ts';

export const startMatching = contract('start-matching', z.strictObject({}), [], {});

export const reserve = contract('reserve', z.strictObject({ need: code, resource: resourceRef, amount }), [], {
  need: 'lamps',
  resource: 'R05',
  amount: 20,
});

export const release = contract(
  'release',
  z.strictObject({
    reservation: id.exactOptional().meta({ description: '不填则全部释放 / left out: everything the case holds' }),
  }),
  [],
  { reservation: 'r4' },
);

export const assign = contract('assign', z.strictObject({ team: teamRef }), [], { team: 'T03' });
