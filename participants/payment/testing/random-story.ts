/** For payment's tests: random verbs of its store, the same for the same seed. */

import { Random } from '#scripts/verify/random.ts';
import type { GatewayName, Goal } from '../intent.ts';
import type { Held, PaymentStore, WaitingUndo } from '../store.ts';
import { chargeId } from './commands.ts';

/** A verb with its name and values, to run on one store and then on another. */
export type Verb = readonly [name: string, verb: (store: PaymentStore) => Promise<unknown>];

const CHARGES_PER_SAGA = 2;
const LEASES = ['a', 'b', 'c'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`);

/** @param sagas of no other story, so that the story claims its own intents alone */
export function* randomStory(seed: number, sagas: readonly string[], length: number): Generator<Verb> {
  const random = new Random(seed).next;
  const chance = (p: number) => random() < p;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const some = <T>(from: readonly T[]): T[] => from.filter(() => chance(0.6));
  const gateway = `of-${sagas[0]}` as GatewayName;
  const charges = sagas.flatMap((sagaId) =>
    Array.from({ length: CHARGES_PER_SAGA }, (_, n) => ({ sagaId, commandId: chargeId(sagaId, n + 1) })),
  );
  const undos = sagas.flatMap((sagaId) =>
    (['payment.refund', 'payment.revoke'] as const).map((type): WaitingUndo => {
      const names = { [chargeId(sagaId)]: null, [chargeId(sagaId, 2)]: 'not-executed' as const };
      return { sagaId, commandId: `${sagaId}/${type}`, type, names, traceparent: null };
    }),
  );
  const held = (): Held[] => some(charges).map((key) => ({ ...key, lease: pick(LEASES) }));
  let now = 1_000;

  for (let step = 0; step < length; step++) {
    now += Math.floor(random() * 50);
    const at = new Date(now);
    const before = new Date(now - Math.floor(random() * 60));
    const soon = new Date(now + Math.floor(random() * 100));
    const goal = pick<Goal>(['charge', 'settle', 'undo']);
    yield pick<() => Verb>([
      () => {
        const intents = some(charges).map((key) => ({
          ...key,
          gateway: chance(0.8) ? gateway : ('none' as const),
          customerId: 'c',
          amount: 1,
          currency: 'EUR',
          method: 'pm',
          outcome: chance(0.7) ? ('open' as const) : pick(['charged', 'declined'] as const),
          ...(chance(0.3) && { gatewayId: 'pi_first', traceparent: '00-a-b-01' }),
        }));
        return ['insertIntents', (store) => store.insertIntents(intents, at)];
      },
      () => {
        const keys = some(charges);
        const wanted = goal === 'charge' ? 'undo' : goal;
        return [`raiseGoals ${wanted}`, (store) => store.raiseGoals(keys, wanted, at)];
      },
      () => {
        const claim = { gateway, lease: pick(LEASES), max: 100, now: at, leaseEndsAt: soon };
        return ['claimIntents', (store) => store.claimIntents(claim)];
      },
      () => {
        const items = held();
        return ['renewLeases', (store) => store.renewLeases(items, soon)];
      },
      () => {
        const ids = some(sagas);
        return ['wakeIntents', (store) => store.wakeIntents(ids, at)];
      },
      () => ['countUntried', (store) => store.countUntried(gateway, 3)],
      () => {
        const items = held().map((one) => ({ ...one, gatewayId: `pi_${step}` }));
        return ['writeGatewayIds', (store) => store.writeGatewayIds(items)];
      },
      () => {
        const items = held().map((one) => ({
          ...one,
          ...(chance(0.6) && { outcome: pick(['charged', 'declined'] as const) }),
          ...(chance(0.3) && { declineCode: 'no' }),
          ...(chance(0.3) && { undone: true as const }),
          ...(chance(0.3) && { refundId: `re_${step}` }),
          ...(chance(0.3) && { refundRefusal: { code: 'no' } }),
        }));
        return ['writeOutcomes', (store) => store.writeOutcomes(items, at)];
      },
      () => {
        const items = held();
        return ['releaseIntents', (store) => store.releaseIntents(items, at)];
      },
      () => {
        const rest = { goal, lastFailure: 'away', dueAt: soon };
        const items = held().map((one) => ({ ...one, ...rest, untried: chance(0.5), newKey: chance(0.5) }));
        return [`postponeIntents ${goal}`, (store) => store.postponeIntents(items, at, before)];
      },
      () => {
        const fresh = some(undos);
        return ['insertUndos', (store) => store.insertUndos(fresh, at)];
      },
      () => {
        const ids = some(sagas);
        return ['lockWaitingUndos', (store) => store.lockWaitingUndos(ids)];
      },
      () => {
        const answered = some(undos).filter(() => chance(0.3));
        return ['recordAnswered', (store) => store.recordAnswered(answered, at)];
      },
      () => {
        const ids = some(sagas);
        return ['takeNotices', (store) => store.takeNotices(ids, at, before)];
      },
      () => {
        const ids = some(sagas);
        return ['readSettled', (store) => store.readSettled(ids)];
      },
    ])();
  }
}
