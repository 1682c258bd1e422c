/** The views of brakes. */
import * as z from 'zod';
import type { Braked } from '#engine/saga.ts';
import type { BrakeRow } from '#orchestrator/store/brake-store.ts';
import type { Spared } from '#orchestrator/store/spare.ts';
import type { Weighed } from '#orchestrator/store/weigh-sagas.ts';
import { planHashText } from '#platform/http/plan-contract.ts';
import { count, instant, link, nextCursor, uuid, type View } from '#platform/http/schemas.ts';
import { planHash } from '#protocol/plan-hash.ts';

const weighed = z
  .object({
    sagas: count,
    money: z.array(z.object({ currency: z.string(), amount: count.describe('In minor units.') })),
    isPartial: z
      .boolean()
      .describe('Counting all of them would have taken too long: there are more, with more money.'),
    asOf: instant.describe('When they were counted: a moment ago, where counting them takes long.'),
  })
  .meta({ id: 'WeighedSagas', description: 'Some sagas, and the money in them.' });

const shape = {
  brakeId: uuid,
  holds: z.string().describe('`intake`, or the type of the commands that it holds.'),
  state: z
    .enum(['in-force', 'releasing', 'ended'])
    .describe(
      'Releasing: the held sagas are resumed, and newcomers behind them, until it opens. Ended: none is left.',
    ),
  reason: z.string(),
  setBy: z.string(),
  setAt: instant,
  releasedBy: z.string().nullable(),
  releaseReason: z.string().nullable(),
  releasedAt: instant.nullable(),
  perSecond: z.int().nullable().describe('Sagas that the release lets go on a second, newcomers among them.'),
  resumed: count.describe('Sagas that the release has resumed so far.'),
  openedAt: instant.nullable().describe('Since when it holds nothing new.'),
  endedAt: instant.nullable(),
  links: z.object({ self: link, release: link }),
};

export const brake = z.object(shape).meta({ id: 'Brake' });

export const brakeWithHeld = z
  .object({ ...shape, held: weighed.describe('What it holds at the moment.') })
  .meta({ id: 'BrakeWithHeld' });

export const brakesPage = z
  .object({ items: z.array(brake), nextCursor })
  .meta({ id: 'BrakesPage', description: 'Newest first.' });

export const brakePlan = z
  .object({
    dryRun: z.literal(true),
    holds: z.string(),
    inForce: z.boolean().describe('Somebody holds it already.'),
    ahead: weighed
      .nullable()
      .describe(
        'The live sagas that have yet to come to the command. Null: of intake, which holds no sagas.',
      ),
    countsWithinMs: count.describe('Until every process heeds it.'),
    planHash: planHashText.describe(
      'SHA-256 over what it holds and whether that is held already: how many sagas are ahead changes with each order.',
    ),
  })
  .meta({ id: 'BrakePlan', description: 'What a brake would hold.' });

export const releasePlan = z
  .object({
    dryRun: z.literal(true),
    brakeId: uuid,
    holds: shape.holds,
    state: shape.state,
    perSecond: z.int(),
    perSecondNow: z.int().nullable().describe('Of a release that is under way; null: of none.'),
    held: weighed,
    newPerSecond: z.number().describe('Sagas that began in the last minute, a second.'),
    takesSeconds: count
      .nullable()
      .describe('Until it opens, if as many come as in the last minute. Null: it never does at that rate.'),
    planHash: planHashText.describe(
      'SHA-256 over the brake, its state and both rates: how many sagas it holds changes with each order.',
    ),
  })
  .meta({ id: 'ReleasePlan', description: 'What a release would resume.' });

/** The hash of a brake's plan. */
export function brakeHash({ holds, inForce }: { holds: string; inForce: boolean }): string {
  return planHash({ act: 'set-brake', holds, inForce });
}

/** The hash of a release's plan. */
export function releaseHash(row: BrakeRow, perSecond: number): string {
  return planHash({ act: 'release-brake', ...released(row, perSecond) });
}

/** The plan of a release. */
export function releasePlanView(
  row: BrakeRow,
  perSecond: number,
  { held, ...rest }: { held: Spared<Weighed>; newPerSecond: number; takesSeconds: number | null },
): View<typeof releasePlan> {
  const promised = released(row, perSecond);
  return {
    ...{ dryRun: true, ...promised, held: weighedView(held), ...rest },
    planHash: releaseHash(row, perSecond),
  };
}

/** What a release promises: what it holds is counted, and changes with each order. */
function released(row: BrakeRow, perSecond: number) {
  const { id: brakeId, holds, perSecond: perSecondNow } = row;
  return { brakeId, holds, state: stateOf(row), perSecond, perSecondNow };
}

/** A brake as people see it. */
export function brakeView(row: BrakeRow): View<typeof brake> {
  const { id, ...rest } = row;
  const self = `/v1/brakes/${id}`;
  return { brakeId: id, ...rest, state: stateOf(row), links: { self, release: `${self}/release` } };
}

export function weighedView({ value, at }: Spared<Weighed>): View<typeof weighed> {
  return { ...value, money: value.money.map((one) => ({ ...one })), asOf: at };
}

function stateOf({ releasedAt, endedAt }: BrakeRow): View<typeof brake>['state'] {
  if (releasedAt === null) return 'in-force';
  return endedAt === null ? 'releasing' : 'ended';
}

/** The brake that pauses a saga, as people see it. */
export function brakedView({ id, command }: Braked): { brakeId: string; command: string } {
  return { brakeId: id, command };
}
