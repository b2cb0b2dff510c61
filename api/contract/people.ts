import { z } from 'zod';
import { bilingual, code, id, instantText, words } from './values.ts';

/** Accounts, roles, grants and what waits for a second person. */
const time = z.string().meta({ format: 'date-time', examples: ['2026-03-03T09:20:00+08:00'] });
const page = { cursor: z.string().max(300).optional(), limit: z.coerce.number().int().min(1).max(100).default(50) };
const yes = z.enum(['true', 'false']).transform((text) => text === 'true');
const said = z.strictObject({ zh: words(60), en: words(60) });

export const PeoplePath = z.object({ id: z.string() });

export const CreateUser = z
  .strictObject({
    username: z
      .string()
      .regex(/^[a-z][a-z0-9_.]{1,30}$/)
      .meta({ description: '登录名；系统会加上街道代码 / signs in with this, behind the code of the office' }),
    unit: id,
    name: said,
  })
  .meta({ examples: [{ username: 'wang.min', unit: 'YX-YJ', name: { zh: '王敏', en: 'Wang Min' } }] });

/** The password is told here and nowhere else. */
export const NewUser = z.object({ id: z.string(), username: z.string(), password: z.string() }).meta({ id: 'NewUser' });

export const ListUsers = z.strictObject({ unit: id.optional(), active: yes.optional(), ...page });

export const GrantView = z
  .object({
    id: z.string(),
    user: z.string(),
    role: z.string(),
    unit: z.string().nullable().meta({ description: 'null：全街道 / for the whole office' }),
    from: time,
    to: time.nullable().meta({ description: '不含该时刻；null：无期限 / not included; null: without an end' }),
    for: z.string().nullable().meta({ description: '代理何人 / whom the holder stands in for' }),
    inForce: z.boolean(),
  })
  .meta({ id: 'Grant' });

export const UserView = z
  .object({ id: z.string(), username: z.string(), unit: z.string(), active: z.boolean(), name: bilingual })
  .meta({ id: 'User' });
export const UserPage = z.object({ items: z.array(UserView), next: z.string().nullable() }).meta({ id: 'UserPage' });
export const UserWithGrants = UserView.extend({ grants: z.array(GrantView) }).meta({ id: 'UserWithGrants' });

export const ChangePassword = z
  .strictObject({ current: z.string().min(1).max(256), new: z.string().min(10).max(256) })
  .meta({ examples: [{ current: '…', new: '………………' }] });

const text = z.array(said).max(30);
const role = { code, title: said, high: z.boolean(), may: text, mayNot: text };

export const DefineRole = z
  .strictObject({
    ...role,
    high: role.high.meta({ description: '须一人申请、另一人批准 / asked by one person and granted by another' }),
  })
  .meta({
    examples: [
      {
        code: 'river_warden',
        title: { zh: '河长', en: 'river warden' },
        high: false,
        may: [{ zh: '现场核查', en: 'check on site' }],
        mayNot: [],
      },
    ],
  });
export const RoleView = z
  .object({
    ...role,
    code: z.string(),
    title: bilingual,
    may: z.array(bilingual),
    mayNot: z.array(bilingual),
  })
  .meta({ id: 'Role' });
export const Roles = z.object({ items: z.array(RoleView) }).meta({ id: 'Roles' });

export const AskGrant = z
  .strictObject({
    user: id,
    role: code,
    unit: id.optional().meta({ description: '缺省：全街道 / for the whole office, when it is left out' }),
    from: instantText.optional().meta({ description: '缺省：立即 / from this moment on, when it is left out' }),
    to: instantText.optional(),
    for: id.optional().meta({ description: '代理何人；须有结束时间 / stand in for this person; needs an end' }),
  })
  .meta({
    examples: [
      {
        user: 'case2',
        role: 'caseworker',
        unit: 'YX-YJ',
        from: '2099-03-02T09:00:00+08:00',
        to: '2099-03-09T09:00:00+08:00',
        for: 'case1',
      },
    ],
  });
export const ListGrants = z.strictObject({
  user: id.optional(),
  role: code.optional(),
  in_force: yes.optional(),
  ...page,
});
export const GrantPage = z.object({ items: z.array(GrantView), next: z.string().nullable() }).meta({ id: 'GrantPage' });

export const AccessRequestView = z
  .object({
    id: z.string(),
    kind: z.enum(['grant', 'password-reset']),
    user: z.string(),
    role: z.string().nullable(),
    unit: z.string().nullable(),
    from: time.nullable(),
    to: time.nullable(),
    for: z.string().nullable(),
    askedBy: z.string(),
    askedAt: time,
    decided: z.object({ by: z.string(), at: time, outcome: z.enum(['granted', 'refused']) }).nullable(),
  })
  .meta({ id: 'AccessRequest' });
export const ListAccessRequests = z.strictObject({ open: yes.optional(), ...page });
export const AccessRequestPage = z
  .object({ items: z.array(AccessRequestView), next: z.string().nullable() })
  .meta({ id: 'AccessRequestPage' });

/** Something that takes a second person waits for one. */
export const Waits = z.object({ request: AccessRequestView }).meta({ id: 'Waits' });
export const NewPassword = z.object({ password: z.string() }).meta({ id: 'NewPassword' });
export const AccessDecision = z
  .object({
    request: AccessRequestView,
    password: z
      .string()
      .nullable()
      .meta({ description: '重置后的密码，仅此一次 / of a granted reset, told here and nowhere else' }),
  })
  .meta({ id: 'AccessDecision' });
