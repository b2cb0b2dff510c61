import type { LightMyRequestResponse } from 'fastify';
import type { RefusalCode } from '../../domain/refusals.ts';
import type { Api } from './harness.ts';

/** A way to each refusal, with the status it comes with. */
export type Ways = { [Code in RefusalCode]?: [status: number, way: () => Promise<LightMyRequestResponse>] };

/** Those of the office itself: its people, roles and versions. */
export function waysOfTheOffice(api: () => Api): Ways {
  const grantRole = async (more: object): Promise<LightMyRequestResponse> =>
    await api().post('sysadmin1', '/v1/grants', { user: 'owner1', role: 'resource_owner', unit: 'N-HOS', ...more });
  const makeUser = async (): Promise<LightMyRequestResponse> =>
    await api().post('sysadmin1', '/v1/users', { username: 'wang', unit: 'YX', name: { zh: '王', en: 'Wang' } });

  const CALENDAR = { base: 1, hours: [{ from: '08:30', to: '17:30' }], years: [] };

  /** A version of the calendar that a second person did not want. */
  async function refusedDraft(): Promise<string> {
    const { id } = (await api().post('process1', '/v1/calendars', CALENDAR)).json<{ id: string }>();
    await api().post('process2', `/v1/drafts/${id}/refuse`);
    return id;
  }

  return {
    'unknown-user': [422, async () => await grantRole({ user: 'nobody' })],
    'unknown-role': [422, async () => await grantRole({ role: 'emperor' })],
    'unknown-unit': [422, async () => await grantRole({ unit: 'NOWHERE' })],
    'unknown-grant': [404, async () => await api().post('sysadmin1', '/v1/grants/none/revoke')],
    'account-inactive': [
      409,
      async () => {
        await api().post('sysadmin1', '/v1/users/volunteer1/deactivate');
        return await grantRole({ user: 'volunteer1' });
      },
    ],
    'interval-invalid': [422, async () => await grantRole({ to: '2026-01-01T00:00:00Z' })],
    'principal-lacks-role': [422, async () => await grantRole({ for: 'case1', to: '2099-01-01T00:00:00Z' })],
    'draft-decided': [409, async () => await api().post('process2', `/v1/drafts/${await refusedDraft()}/publish`)],
    'version-outdated': [409, async () => await api().post('process1', '/v1/calendars', { ...CALENDAR, base: 7 })],
    'already-granted': [409, async () => await grantRole({})],
    'already-defined': [
      409,
      async () => {
        const role = { code: 'matcher', title: { zh: '员', en: 'x' }, high: false, may: [], mayNot: [] };
        return await api().post('sysadmin1', '/v1/roles', role);
      },
    ],
    'username-taken': [
      409,
      async () => {
        await makeUser();
        return await makeUser();
      },
    ],
    'last-administrator': [409, async () => await api().post('sysadmin1', '/v1/grants/sysadmin1.sys_admin/revoke')],
  };
}
