/** The views of saved views: filters of sagas that people keep under a name. */
import * as z from 'zod';
import { sagaSort } from '#engine/search/saga-filter.ts';
import { sagaFilter } from '#orchestrator/sagas/search.ts';
import type { SavedViewDraft, SavedViewRow } from '#orchestrator/store/saved-view-store.ts';
import { approvedHash, planHashText } from '#platform/http/plan-contract.ts';
import { anyFields, flag, instant, link, nextCursor, uuid, type View } from '#platform/http/schemas.ts';
import { planHash } from '#protocol/plan-hash.ts';

const change = {
  reason: z.string().min(1).max(1000).describe('For the audit.'),
  dryRun: z.boolean().default(false).describe('Answer the plan, and do nothing.'),
  planHash: approvedHash,
};

/** The filter as people send it; its schema names what it accepts. */
export const viewRequest = z
  .strictObject({
    name: z
      .string()
      .regex(/^[^\p{C}\s](?:[^\p{C}]{0,78}[^\p{C}\s])?$/u, 'must be 1 to 80 printable characters')
      .describe('Unique among the caller’s views, and among the shared ones.'),
    filter: sagaFilter,
    sort: sagaSort.default('newest'),
    shared: z.boolean().default(false).describe('Everybody sees it. For operators and admins.'),
    ...change,
  })
  .meta({ id: 'SavedViewRequest' });

/** Of a deletion, which has no body. */
export const viewDeletion = z.strictObject({ ...change, dryRun: flag });

export const savedView = z
  .object({
    viewId: uuid,
    name: z.string(),
    owner: z.string(),
    filter: anyFields.describe('As the parameters of a list of sagas, with their types.'),
    sort: sagaSort,
    shared: z.boolean(),
    createdAt: instant,
    changedAt: instant,
    changedBy: z.string(),
    links: z.object({ self: link, sagas: link.describe('The list of the sagas that match now.') }),
  })
  .meta({ id: 'SavedView', description: 'A filter of sagas with its order, under a name.' });

export const savedViewPage = z
  .object({ items: z.array(savedView), nextCursor })
  .meta({ id: 'SavedViewPage', description: 'Newest first.' });

const held = z.object({ name: z.string(), filter: anyFields, sort: sagaSort, shared: z.boolean() });

export const savedViewPlan = z
  .object({
    dryRun: z.literal(true),
    view: held.nullable().describe('What there would be; null: nothing.'),
    before: held
      .extend({ viewId: uuid, owner: z.string(), changedAt: instant })
      .nullable()
      .describe('What is replaced or deleted; null: nothing.'),
    planHash: planHashText,
  })
  .meta({ id: 'SavedViewPlan', description: 'The effect of a change of a saved view. Nothing was done.' });

/**
 * The plan of a change.
 * @param before what is replaced or deleted
 * @param after what there would be
 */
export function savedViewPlanView(
  before: SavedViewRow | null,
  after: SavedViewDraft | null,
): View<typeof savedViewPlan> {
  const view = after === null ? null : heldOf(after);
  const replaced =
    before === null
      ? null
      : {
          ...heldOf(before),
          viewId: before.id,
          owner: before.owner,
          changedAt: before.changedAt,
        };
  return {
    dryRun: true,
    view,
    before: replaced,
    planHash: planHash({
      view,
      before: replaced && { ...replaced, changedAt: replaced.changedAt.toISOString() },
    }),
  };
}

function heldOf({ name, filter, sort, shared }: SavedViewDraft): z.output<typeof held> {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return { name, filter: Object.fromEntries(given), sort, shared };
}

/** A saved view as people see it. */
export function savedViewView({ id, ...rest }: SavedViewRow): View<typeof savedView> {
  const parameters = Object.entries(rest.filter)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): [string, string] => [name, String(value)]);
  const query = new URLSearchParams([...parameters, ['sort', rest.sort]]);
  return { viewId: id, ...rest, links: { self: `/v1/views/${id}`, sagas: `/v1/sagas?${query}` } };
}
