/** Brakes: an operator stops intake, or holds one type of command of all sagas, and releases it at a rate. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { type BrakeRow, type HeldNow, INTAKE } from '#orchestrator/store/brake-store.ts';
import { confirmed } from '#platform/http/failure.ts';
import { approvedHash, planChanged } from '#platform/http/plan-contract.ts';
import { Problem } from '#platform/http/problem.ts';
import { OPERATORS, type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { idempotencyKey, idInPath, pageCursor, pageLimit } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import { isUuid } from '#protocol/ids.ts';
import type { ApiParts } from '../parts.ts';
import {
  brake,
  brakeHash,
  brakePlan,
  brakesPage,
  brakeView,
  brakeWithHeld,
  releaseHash,
  releasePlan,
  releasePlanView,
  weighedView,
} from '../views/brakes.ts';

/** Every process reads the brakes once a second. */
const COUNTS_WITHIN_MS = 2_000;
const PER_SECOND_MAX = 500;

const common = {
  reason: z.string().min(1).max(1000).describe('For the audit.'),
  dryRun: z.boolean().default(false).describe('Preview it without applying it.'),
  planHash: approvedHash,
};
const brakeRequest = z
  .strictObject({
    holds: z
      .string()
      .min(1)
      .max(200)
      .describe('`intake`, or the type of a command of any definition, such as `payment.charge`.'),
    ...common,
  })
  .meta({ id: 'BrakeRequest' });
const releaseRequest = z
  .strictObject({
    perSecond: z
      .int()
      .min(1)
      .max(PER_SECOND_MAX)
      .describe(
        'Sagas to let go on a second, oldest first. Newcomers are held behind them until fewer are held than this. Given again with another rate, the release goes on at that.',
      ),
    ...common,
  })
  .meta({ id: 'ReleaseRequest' });
const headers = z.object({ 'Idempotency-Key': idempotencyKey });
const listQuery = z.strictObject({ cursor: pageCursor, limit: pageLimit });

/** Registers the routes. */
export function brakeRoutes(
  routes: Routes,
  { brakes, definitions }: Pick<ApiParts, 'brakes' | 'definitions'>,
): void {
  const commands = [...new Set([...definitions.values()].flatMap((one) => Object.keys(one.commands)))].sort();

  resource(routes, '/v1/brakes', {
    GET: {
      id: 'listBrakes',
      summary: 'Brakes in force and past ones, newest first.',
      roles: VIEWERS,
      reads: { query: listQuery },
      answers: { 200: { body: brakesPage } },
      async handle({ query: { cursor, limit } }) {
        const before = cursor === undefined ? null : await positionOf(cursor);
        const found = await brakes.list(before, limit + 1);
        const items = found.slice(0, limit);
        const last = found.length > limit ? items.at(-1) : undefined;
        return { status: 200, body: { items: items.map(brakeView), nextCursor: last?.id ?? null } };
      },
    },
    POST: {
      id: 'setBrake',
      summary: 'Stops intake, or holds one type of command of all sagas; or previews it.',
      description:
        'A saga that comes to the command is paused with the command held, and its clocks stand. What was sent before is not called back. While intake is stopped new sagas are answered 503; those that were accepted go on.',
      roles: OPERATORS,
      reads: { headers, body: brakeRequest },
      answers: { 200: { body: brakePlan }, 201: { body: brake, headers: ['location'] } },
      problems: ['conflict', 'plan-changed', 'idempotency-mismatch'],
      async handle({ principal, headers: { 'Idempotency-Key': key = null }, body }) {
        const { holds, reason, dryRun, planHash } = body;
        canonical([reason, holds]);
        if (holds !== INTAKE && !commands.includes(holds))
          throw new Problem(
            'validation',
            `"${holds}" can not be held: it is none of ${[INTAKE, ...commands].join(', ')}`,
          );
        if (dryRun)
          return { status: 200, body: await planOf({ holds, inForce: await brakes.isHeld(holds) }) };
        const id = randomUUID();
        const change = {
          ...{ id, holds, by: byOf(principal, reason, planHash), idempotencyKey: key },
          approves: ({ inForce }: HeldNow) =>
            planHash === undefined || brakeHash({ holds, inForce }) === planHash,
        };
        const row = await confirmed(brakes.set(change), `/v1/brakes/${id}`);
        if (row === 'in-force') throw new Problem('conflict', `${holds} is held already`);
        if (row === 'mismatch') throw mismatch();
        if ('changed' in row) throw planChanged(await planOf({ holds, ...row.changed }));
        const view = brakeView(row);
        return { status: 201, body: view, headers: { location: view.links.self } };
      },
    },
  });

  resource(routes, '/v1/brakes/:id', {
    GET: {
      id: 'getBrake',
      summary: 'A brake, and what it holds.',
      roles: VIEWERS,
      reads: { params: idInPath },
      answers: { 200: { body: brakeWithHeld } },
      async handle({ params: { id } }) {
        const row = await brakeOr404(id);
        return { status: 200, body: { ...brakeView(row), held: weighedView(await brakes.held(id)) } };
      },
    },
  });

  resource(routes, '/v1/brakes/:id/release', {
    POST: {
      id: 'releaseBrake',
      summary:
        'Releases a brake: the held sagas are resumed at a rate, in the order in which they began; or previews it.',
      roles: OPERATORS,
      reads: { params: idInPath, headers, body: releaseRequest },
      answers: { 200: { body: releasePlan }, 202: { body: brake, headers: ['location'] } },
      problems: ['conflict', 'plan-changed', 'idempotency-mismatch'],
      async handle({ principal, params: { id }, headers: { 'Idempotency-Key': key = null }, body }) {
        const { perSecond, reason, dryRun, planHash } = body;
        canonical(reason);
        if (dryRun) return { status: 200, body: await releasePlanOf(await brakeOr404(id), perSecond) };
        const change = {
          ...{ id: randomUUID(), perSecond, by: byOf(principal, reason, planHash), idempotencyKey: key },
          approves: (present: BrakeRow) =>
            planHash === undefined || releaseHash(present, perSecond) === planHash,
        };
        const row = await confirmed(brakes.release(id, change), `/v1/brakes/${id}`);
        if (row === null) throw noBrake(id);
        if (row === 'released')
          throw new Problem('conflict', 'It is released at that rate already, or has opened');
        if (row === 'mismatch') throw mismatch();
        if ('changed' in row) throw planChanged(await releasePlanOf(row.changed, perSecond));
        const view = brakeView(row);
        return { status: 202, body: view, headers: { location: view.links.self } };
      },
    },
  });

  async function planOf(promised: { holds: string; inForce: boolean }) {
    const { holds } = promised;
    const ahead = holds === INTAKE ? null : weighedView(await brakes.ahead(holds));
    const planHash = brakeHash(promised);
    return { dryRun: true as const, ...promised, ahead, countsWithinMs: COUNTS_WITHIN_MS, planHash };
  }

  async function releasePlanOf(row: BrakeRow, perSecond: number) {
    const [held, newPerSecond] = [await brakes.held(row.id), await brakes.newPerSecond()];
    const gain = perSecond - newPerSecond;
    const { sagas } = held.value;
    const takesSeconds = sagas === 0 ? 0 : gain > 0 ? Math.ceil(sagas / gain) : null;
    return releasePlanView(row, perSecond, { held, newPerSecond, takesSeconds });
  }

  async function brakeOr404(id: string): Promise<BrakeRow> {
    const row = await brakes.read(id);
    if (row === null) throw noBrake(id);
    return row;
  }

  /** A cursor is the id of the last brake of a page. */
  async function positionOf(cursor: string): Promise<BrakeRow> {
    const row = isUuid(cursor) ? await brakes.read(cursor) : null;
    if (row === null) throw new Problem('validation', 'the cursor is not one of this list');
    return row;
  }
}

const noBrake = (id: string) => new Problem('not-found', `There is no brake ${id}`);
const mismatch = () => new Problem('idempotency-mismatch', 'The Idempotency-Key was used for something else');
const byOf = ({ subject, role }: Principal, reason: string, planHash: string | undefined) => ({
  ...{ actor: subject, role, reason, planHash },
});
