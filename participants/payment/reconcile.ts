/**
 * Compares the gateway's lists with the ledger: refunds, disputes and charges since the last comparison, with an overlap.
 * It finds what no webhook brought. Once a day it reads further back, because an old refund may still fail and an old
 * charge be disputed.
 */
import type { Logger } from '#platform/process/log.ts';
import { type Repetition, repeat } from '#platform/process/repeat.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { type Gateway, GatewayRefusal } from './gateway.ts';
import type { Inspector } from './inspect.ts';
import { reconciledAt, reconciliationDifferences } from './metrics.ts';
import { LISTS, type ListName } from './reversal.ts';
import type { PaymentStore } from './store.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Entries this much older than the last comparison are read again: clocks differ, and lists may lag. */
const OVERLAP_MS = 60 * MINUTE_MS;
/** How far back the daily comparison reads: refunds fail up to 30 days later, disputes are open for up to 120. */
const DEPTH_MS: Readonly<Record<ListName, number>> = {
  refunds: 35 * DAY_MS,
  disputes: 130 * DAY_MS,
  charges: 2 * DAY_MS,
};

export interface ReconcileParts {
  readonly unitOfWork: UnitOfWork<PaymentStore>;
  readonly gateway: Gateway;
  readonly inspector: Inspector;
  readonly log: Logger;
  /** ms since 1970. */
  readonly now: () => number;
}

/**
 * Compares all lists once, and publishes the incidents of it.
 * @returns the number of differences it inspected
 * @throws GatewayOutage: the next comparison begins where the last complete one did
 */
export async function reconcile(parts: ReconcileParts): Promise<number> {
  let differences = 0;
  for (const name of LISTS) differences += await compare(parts, name);
  await parts.inspector.publishIncidents();
  reconciliationDifferences.inc(differences);
  reconciledAt.set(parts.now() / 1000);
  return differences;
}

async function compare(
  { unitOfWork, gateway, inspector, log, now }: ReconcileParts,
  name: ListName,
): Promise<number> {
  const startedAt = now();
  const checkpoint = (of: string) => unitOfWork.alone((store) => store.readCheckpoint(of));
  const [last, lastDeep] = [await checkpoint(name), await checkpoint(`${name}, deep`)];
  const isDeep = lastDeep === null || startedAt - lastDeep.getTime() >= DAY_MS;
  const since = isDeep ? startedAt - DEPTH_MS[name] : (last?.getTime() ?? startedAt) - OVERLAP_MS;
  const seen = new Set<string>();
  for (let after: string | null = null; ; ) {
    const page = await gateway.list(name, since, after);
    const different = await unitOfWork.alone((store) => store.differing(page.items));
    for (const { paymentId } of different) {
      if (paymentId === null || seen.has(paymentId)) continue;
      seen.add(paymentId);
      try {
        await inspector.inspect(paymentId);
      } catch (error) {
        // It must not keep the others from being compared. It differs still, so a later comparison reads it again.
        if (!(error instanceof GatewayRefusal)) throw error;
        const { code } = error.refusal;
        log.throttled('reconcile: refused', 'gateway-hides-payment', { paymentId, code });
      }
    }
    if (page.next === null) break;
    after = page.next;
  }
  await unitOfWork.alone(async (store) => {
    await store.writeCheckpoint(name, new Date(startedAt));
    if (isDeep) await store.writeCheckpoint(`${name}, deep`, new Date(startedAt));
  });
  return seen.size;
}

/** Incidents are published so soon after a worker found them. */
const PUBLISH_EVERY_MS = 2_000;

/**
 * Compares every `everyMs`, and publishes incidents in between.
 * @returns its end
 */
export function startReconciling(parts: ReconcileParts, everyMs: number): Repetition {
  const { inspector, log } = parts;
  let nextAt = 0;
  const turn = async () => {
    await inspector.publishIncidents();
    if (performance.now() < nextAt) return;
    nextAt = performance.now() + everyMs;
    const differences = await reconcile(parts);
    if (differences > 0) log.warn('ledger-differed', { payments: differences });
  };
  return repeat(turn, { everyMs: PUBLISH_EVERY_MS, log, failed: 'reconciliation-failed' });
}
