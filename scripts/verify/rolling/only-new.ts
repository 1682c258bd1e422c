/** What only the new build has, used before the way back: the build before meets it in rows and must leave it whole. */
import { poll, waitUntil } from '#scripts/run/wait-until.ts';
import type { Fleet } from './fleet.ts';

const HELD = 'payment.charge';
const REASON = 'a rolling update';
const PER_SECOND = 500;
const WITHIN_MS = 120_000;
const PAUSED_WITHIN_MS = 5_000;
/** The build before does not know that a plan's hash is covered by the audit's, and calls such an entry changed. */
const KNOWN = ['audit chain'];

export interface OnlyNew {
  /** Acts on the newest saga by its plan, and sets a brake that stays set over the way back. */
  use(newest: () => string | undefined): Promise<void>;
  /** What the auditor of the build before finds violated, apart from what is known. */
  audited(): Promise<string[]>;
  /** Releases the brake, and waits until it holds nothing. */
  release(): Promise<void>;
}

/** @param token an operator's */
export function onlyNew(fleet: Fleet, token: string): OnlyNew {
  const call = async <T>(process: string, path: string, body?: object, more: object = {}): Promise<T> => {
    const answer = await fetch(fleet.urlOf(process) + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  let brakeId = '';
  /** Pauses a saga by the plan that was seen, and resumes it; false: it has moved on meanwhile. */
  const actByPlan = async (orderId: string | undefined): Promise<boolean> => {
    const path = `/v1/sagas/${orderId}/actions`;
    const act = async (action: string) => {
      const { revision } = await call<{ revision: number }>('api', `/v1/sagas/${orderId}`);
      const wanted = { action, reason: REASON };
      const { planHash } = await call<{ planHash: string }>('api', path, { ...wanted, dryRun: true });
      await call('api', path, { ...wanted, planHash }, { 'if-match': `"${revision}"` });
    };
    const isPaused = async () =>
      (await call<{ paused: boolean; status: string }>('api', `/v1/sagas/${orderId}`)).paused;
    try {
      await act('pause');
      if (!(await poll(isPaused, PAUSED_WITHIN_MS))) return false;
      await act('resume');
      return true;
    } catch {
      return false;
    }
  };
  return {
    async use(newest) {
      await waitUntil(() => actByPlan(newest()), Boolean, {
        withinMs: WITHIN_MS,
        what: 'an action by its plan',
      });
      const brake = await call<{ brakeId: string }>('api', '/v1/brakes', { holds: HELD, reason: REASON });
      brakeId = brake.brakeId;
      await waitUntil(
        () => call<{ held: { sagas: number } }>('api', `/v1/brakes/${brakeId}`),
        ({ held }) => held.sagas > 0,
        { withinMs: WITHIN_MS, everyMs: 500, what: 'a saga that the brake holds' },
      );
    },
    async audited() {
      const { invariants } = await call<{ invariants: Array<{ name: string; violations: number }> }>(
        'auditor',
        '/v1/ledger',
      );
      return invariants
        .filter(({ name, violations }) => violations > 0 && !KNOWN.includes(name))
        .map(({ name, violations }) => `the auditor of the build before: ${violations} × ${name}`);
    },
    async release() {
      const path = `/v1/brakes/${brakeId}`;
      await call('api', `${path}/release`, { perSecond: PER_SECOND, reason: REASON });
      await waitUntil(
        () => call<{ endedAt: string | null }>('api', path),
        ({ endedAt }) => endedAt !== null,
        { withinMs: WITHIN_MS, everyMs: 500, what: 'the end of the brake' },
      );
    },
  };
}
