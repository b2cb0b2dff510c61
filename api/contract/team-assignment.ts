import { z } from 'zod';
import { contract } from './command.ts';
import { code, id, unitRef } from './values.ts';

export const dispatch = contract('dispatch', z.strictObject({}), [], {});

export const sign = contract('sign', z.strictObject({}), [], {});

const basis = code.meta({ description: '依据：职责清单或法规代码 / the entry of the duty list or the law' });

export const returnOrder = contract(
  'return',
  z.strictObject({
    basis,
    properUnit: unitRef.meta({ description: '应承办的单位 / the unit whose duty it is' }),
  }),
  ['reason'],
  { basis: 'duty_12_3', properUnit: 'X-GD', reason: '该线路权属供电公司，不在本中心职责清单内。' },
);

export const decline = contract('decline', z.strictObject({}), ['reason'], { reason: '本队全员已在防汛一线。' });

export const arbitrate = contract(
  'arbitrate',
  z.strictObject({
    request: id,
    unit: unitRef.meta({ description: '裁定由谁承办 / the unit that has to do it' }),
    basis,
  }),
  ['reason'],
  { request: 'q12', unit: 'X-GD', basis: 'ruling_2026_7', reason: '会商认定权属供电公司。' },
);

export const contact = contract('contact', z.strictObject({ means: z.enum(['phone', 'visit', 'message']) }), [], {
  means: 'phone',
  note: '已电话联系，约定今晚上门。',
});
