/** The views of brakes. */
import * as z from 'zod';
import type { Braked } from '#engine/saga.ts';
import type { BrakeRow, Weighed } from '#orchestrator/store/brake-store.ts';
import { count, instant, link, nextCursor, uuid, type View } from '#platform/http/schemas.ts';

const weighed = z
  .object({
    sagas: count,
    money: z.array(z.object({ currency: z.string(), amount: count.describe('In minor units.') })),
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
  })
  .meta({ id: 'BrakePlan', description: 'What a brake would hold.' });

export const releasePlan = z
  .object({
    dryRun: z.literal(true),
    brakeId: uuid,
    perSecond: z.int(),
    held: weighed,
    newPerSecond: z.number().describe('Sagas that began in the last minute, a second.'),
    takesSeconds: count
      .nullable()
      .describe('Until it opens, if as many come as in the last minute. Null: it never does at that rate.'),
  })
  .meta({ id: 'ReleasePlan', description: 'What a release would resume.' });

/** A brake as people see it. */
export function brakeView(row: BrakeRow): View<typeof brake> {
  const { id, ...rest } = row;
  const self = `/v1/brakes/${id}`;
  return { brakeId: id, ...rest, state: stateOf(row), links: { self, release: `${self}/release` } };
}

export function weighedView({ sagas, money }: Weighed): View<typeof weighed> {
  return { sagas, money: money.map((one) => ({ ...one })) };
}

function stateOf({ releasedAt, endedAt }: BrakeRow): View<typeof brake>['state'] {
  if (releasedAt === null) return 'in-force';
  return endedAt === null ? 'releasing' : 'ended';
}

/** The brake that pauses a saga, as people see it. */
export function brakedView({ id, command }: Braked): { brakeId: string; command: string } {
  return { brakeId: id, command };
}
