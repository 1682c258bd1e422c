/**
 * Customers who cancel, operators who act on an outdated view, and an operator on call, who resumes paused sagas and
 * handles stuck ones.
 */
import { type ActionName, actionMessage } from '#engine/control.ts';
import type { SagaRow } from '#engine/saga.ts';
import type { Backend } from './backend.ts';
import type { Bus } from './bus.ts';
import { databaseCall } from './database-calls.ts';
import { Plans } from './plans.ts';
import type { EndedPlans } from './run-scene.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

const ACTIONS: readonly ActionName[] = [
  ...(['cancel', 'cancel', 'compensate', 'retry', 'retry', 'retry', 'pause', 'skip', 'edit'] as const),
];
/** A person's delay between reading a saga and acting on it. */
const THINKS_MS = 6_000;
const ON_CALL_EVERY_MS = 4_000;
/** How long a saga stays paused at the least: some for longer than any of its time-outs. */
const PAUSED_MS = 15_000;

/** The result that a skip supplies for a step, by the command it replaces. */
const RESULTS: Readonly<Record<string, (row: SagaRow) => Record<string, unknown>>> = {
  'payment.charge': ({ input }) => {
    const { amount, currency } = input as { amount: number; currency: string };
    return { chargeId: 'by hand', amount, currency };
  },
  'shipping.prepare': () => ({ shipmentId: 'by hand' }),
};

export class People {
  readonly #world: World;
  readonly #bus: Bus;
  readonly #backend: Backend;
  readonly #plans: Plans;

  constructor(world: World, bus: Bus, backend: Backend) {
    this.#world = world;
    this.#bus = bus;
    this.#backend = backend;
    this.#plans = new Plans(world.faults.day);
  }

  /** What was sent is what was planned. @returns the violations, one line each */
  judge(): Promise<string[]> {
    return this.#plans.judge(this.#backend);
  }

  /** The plans applied and refused so far. */
  plansEnded(): Promise<EndedPlans> {
    return this.#plans.ended(this.#backend);
  }

  /** Schedules a person's action on an order in `inMs`. */
  scheduleAction(sagaId: string, inMs: number): void {
    const { random, scheduler, faults } = this.#world;
    const action = random.pick(faults.day.actions ?? ACTIONS);
    const life = person();
    scheduler.in(inMs, life, () => void this.#consider(life, sagaId, () => action));
  }

  /** Handles these orders until the run ends. */
  beOnCall(orders: () => readonly string[]): void {
    const { random, scheduler } = this.#world;
    const round = () => {
      for (const sagaId of orders()) void this.#consider(person(), sagaId, (row) => this.#needs(row));
      scheduler.in(random.between(0.5, 1.5) * ON_CALL_EVERY_MS, null, round);
    };
    scheduler.in(ON_CALL_EVERY_MS, null, round);
  }

  /** The action of the operator on call for a saga; null: none is needed. */
  #needs({ paused, stuck, pending }: SagaRow): ActionName | null {
    const { random, nowMs } = this.#world;
    if (pending.brake !== undefined && this.#bus.brake?.holds) return null;
    if (paused) return nowMs > (pending.pausedAt ?? 0) + random.between(0, PAUSED_MS) ? 'resume' : null;
    // A parked message must not be covered up.
    if (stuck === null || stuck.code === 'parked') return null;
    // Nothing awaited and nothing to retry: the participant's incident takes evidence.
    if (stuck.about !== undefined && Object.keys(pending.awaiting).length > 0) return null;
    if (stuck.about !== undefined)
      return Object.keys(pending.refusedUndos).length > 0 && random.chance(0.8) ? 'retry' : 'skip';
    // Only evidence ends it; a retry asks the participant in vain.
    if (stuck.code === 'undo-needs-evidence') return random.chance(0.5) ? 'skip' : null;
    return random.chance(0.8) ? 'retry' : random.pick(['skip', 'edit', 'compensate']);
  }

  /** Reads a saga, waits, and acts on the row as read. A failed read is not retried: the next round reads again. */
  async #consider(life: Life, sagaId: string, choose: (row: SagaRow) => ActionName | null): Promise<void> {
    const { random, scheduler } = this.#world;
    try {
      const rows = await databaseCall(this.#world, life, () => this.#backend.engine.readSagas([sagaId]));
      const row = rows.get(sagaId);
      if (row === undefined) return;
      const action = choose(row);
      if (action === null) return;
      const thinksMs = random.chance(0.5) ? 0 : random.between(0, THINKS_MS);
      scheduler.in(thinksMs, life, () => void this.#act(life, row, action).catch(() => {}));
    } catch {}
  }

  async #act(life: Life, row: SagaRow, action: ActionName): Promise<void> {
    const { id: sagaId, state } = row;
    const { random, story } = this.#world;
    const revision = action === 'cancel' ? null : row.revision;
    const params = paramsOf(action, row);
    const requested = {
      actionId: random.uuid(),
      ...{ action, revision, actor: 'ada', reason: 'a change of mind' },
      ...(params !== null && { params }),
    };
    const planHash = this.#plans.plan(row, requested, this.#world.nowMs);
    const data = { ...requested, ...(planHash !== null && { planHash }) };
    const atMs = Math.floor(this.#world.nowMs);
    story.add('people', `${action} ${sagaId}, seen in ${state}, revision ${revision}`);
    await databaseCall(this.#world, life, () => this.#backend.requestAction({ sagaId, data, atMs }));
    await this.#bus.producer(life).publish([actionMessage(sagaId, data, atMs)]);
  }
}

/** One person's request, which may break off anywhere. */
function person(): Life {
  return { name: 'person', alive: true, stoppedUntil: 0 };
}

function paramsOf(action: ActionName, row: SagaRow): Record<string, unknown> | null {
  if (action === 'skip') {
    const forward = Object.values(row.pending.awaiting).find(({ kind }) => kind === 'forward');
    return { evidence: 'seen to by hand', result: RESULTS[forward?.type ?? '']?.(row) ?? {} };
  }
  if (action !== 'edit') return null;
  const input =
    row.state === 'preparingShipping'
      ? { shippingAddress: { country: 'DE' } }
      : { payment: { method: 'pm_card_visa' } };
  return { input };
}
