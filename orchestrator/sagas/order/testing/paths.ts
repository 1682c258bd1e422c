/** Every simple path of an order: at each command, all that a participant, a clock or a person may do about it. */
import { contractOf } from '#engine/definition/definition.ts';
import type { Awaited } from '#engine/saga.ts';
import type { SagaRun } from '#engine/testing/saga-run.ts';
import { action, deadline, reply } from './given.ts';
import { act, type Ledger, undo } from './ledger.ts';

/** A saga beside the world it acts on, and how it came there. */
export interface World {
  readonly run: SagaRun;
  readonly ledger: Ledger;
  /** Replies on their way that came too late to be first: delivered at the end. */
  readonly late: readonly Late[];
  readonly events: readonly string[];
  readonly path: readonly string[];
  readonly held: boolean;
}

interface Late {
  readonly commandId: string;
  readonly type: string;
}

const DATA: Readonly<Record<string, object>> = {
  'coupon.redeemed': { discount: 500 },
  'payment.charged': { chargeId: 'ch_1', amount: 4_500, currency: 'EUR' },
  'shipping.prepared': { shipmentId: 'sh_1' },
};

/** Where each path from here ends: nothing awaited any more, or held until a person comes. */
export function* endsOf(world: World): Generator<World> {
  const [awaited] = Object.entries(world.run.row.pending.awaiting);
  if (world.held || awaited === undefined) {
    yield world;
    return;
  }
  const [id, command] = awaited;
  const next = command.kind === 'forward' ? afterForward(world, id, command) : afterUndo(world, id, command);
  for (const one of next) yield* endsOf(one);
}

/** What may happen to a forward command; `lost` is an answer that comes after the clock or the person. */
function* afterForward(world: World, id: string, { type }: Awaited): Generator<World> {
  const { success, refusal } = contractOf(world.run.definition, type);
  const possible = [
    { as: 'done', answer: success },
    { as: 'refused', answer: refusal },
  ] as const;
  // Held at its time-out, it may have been decided by now: then that is the one answer it has.
  const { [id]: decided } = world.ledger;
  const answers = possible.filter(({ as }) => decided === undefined || decided === as);
  const timer = Object.keys(world.run.row.pending.timers)[0];
  for (const { as, answer } of answers) {
    const ledger = act(world.ledger, id, as);
    yield delivered({ ...world, ledger }, answer, reply(answer, { data: { code: 'no', ...DATA[answer] } }));
  }
  const interruptions = [
    ...(timer === undefined ? [] : [[`${type} unanswered`, deadline(delayOf(timer))] as const]),
    [`compensate at ${type}`, action('compensate')] as const,
  ];
  for (const [name, interruption] of interruptions) {
    if (decided === undefined) yield delivered(world, `${name}, never came`, interruption);
    for (const { as, answer } of answers) {
      const late = [...world.late, { commandId: id, type: answer }];
      yield delivered(
        { ...world, ledger: act(world.ledger, id, as), late },
        `${name}, had ${answer}`,
        interruption,
      );
    }
  }
}

/** What may happen to an undo: answered, answered after its time-out, refused and held, refused and tried again. */
function* afterUndo(world: World, id: string, { type, undoes = [] }: Awaited): Generator<World> {
  const { success, refusal } = contractOf(world.run.definition, type);
  const { ledger, found } = undo(world.ledger, undoes);
  const answer = reply(success, { commandId: id, data: { found } });
  yield delivered({ ...world, ledger }, success, answer);
  const timer = Object.keys(world.run.row.pending.timers)[0];
  if (timer !== undefined) {
    const waited = delivered(world, `${type} unanswered`, deadline(delayOf(timer)));
    yield delivered({ ...waited, ledger }, success, answer);
  }
  // Refused once: a second refusal would be the same path again.
  if (world.run.row.pending.issued[type] !== 1) return;
  const refused = delivered(world, refusal, reply(refusal, { commandId: id }));
  yield { ...refused, held: true };
  yield delivered(refused, 'retry', action('retry'));
}

function delivered(world: World, name: string, message: Parameters<SagaRun['when']>[0]): World {
  const run = world.run.when(message).isTaken();
  const types = run.taken.entry.out.map(({ event }) => event.type);
  const events = types.filter((type) => type in run.definition.events);
  return { ...world, run, events: [...world.events, ...events], path: [...world.path, name] };
}

function delayOf(timer: string): string {
  return timer.split('.')[2] ?? '';
}
