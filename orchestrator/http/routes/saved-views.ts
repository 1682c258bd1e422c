/** Saved views: everybody keeps their own, operators share them. Each change is an entry of the audit. */

import * as z from 'zod';
import type { SavedViewDraft, SavedViewRow } from '#orchestrator/store/saved-view-store.ts';
import { fromCursor, toCursor } from '#platform/http/cursor.ts';
import { confirmed } from '#platform/http/failure.ts';
import { planChanged, refuseOther } from '#platform/http/plan-contract.ts';
import { Problem } from '#platform/http/problem.ts';
import { OPERATORS, type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { idInPath, pageCursor, pageLimit } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import { uuidv7 } from '#protocol/ids.ts';
import type { Approves, Changed } from '#protocol/plan-hash.ts';
import type { ApiParts } from '../parts.ts';
import {
  savedView,
  savedViewPage,
  savedViewPlan,
  savedViewPlanView,
  savedViewView,
  viewDeletion,
  viewRequest,
} from '../views/saved-views.ts';

/** Registers the routes. */
export function savedViewRoutes(
  routes: Routes,
  { savedViews, now }: Pick<ApiParts, 'savedViews' | 'now'>,
): void {
  resource(routes, '/v1/views', {
    GET: {
      id: 'listViews',
      summary: 'The caller’s saved views and the shared ones, newest first.',
      roles: VIEWERS,
      reads: { query: z.strictObject({ cursor: pageCursor, limit: pageLimit }) },
      answers: { 200: { body: savedViewPage } },
      async handle({ query: { cursor, limit }, principal }) {
        const before = cursor === undefined ? null : fromCursor(cursor);
        const found = await savedViews.list(principal.subject, before, limit + 1);
        const items = found.slice(0, limit);
        const last = found.length > limit ? items.at(-1) : undefined;
        const nextCursor = last === undefined ? null : toCursor(last.id);
        return { status: 200, body: { items: items.map(savedViewView), nextCursor } };
      },
    },
    POST: {
      id: 'createView',
      summary: 'Saves a filter of sagas under a name; or previews that.',
      roles: VIEWERS,
      reads: { body: viewRequest },
      answers: { 200: { body: savedViewPlan }, 201: { body: savedView, headers: ['location'] } },
      problems: ['conflict', 'plan-changed'],
      async handle({ principal, body: { reason, dryRun, planHash, ...draft } }) {
        canonical([draft, reason]);
        maySave(principal, draft.shared);
        const plan = savedViewPlanView(null, draft);
        if (dryRun) return { status: 200, body: plan };
        refuseOther(plan, planHash);
        const id = uuidv7(now());
        const self = `/v1/views/${id}`;
        const made = await confirmed(savedViews.create(id, draft, byOf(principal, reason)), self);
        if (made === 'full')
          throw new Problem('conflict', 'There are too many saved views: delete unused ones first');
        return { status: 201, body: savedViewView(unlessTaken(made)), headers: { location: self } };
      },
    },
  });

  resource(routes, '/v1/views/:id', {
    GET: {
      id: 'getView',
      summary: 'A saved view.',
      roles: VIEWERS,
      reads: { params: idInPath },
      answers: { 200: { body: savedView } },
      async handle({ params: { id }, principal }) {
        return { status: 200, body: savedViewView(await visible(id, principal)) };
      },
    },
    PUT: {
      id: 'replaceView',
      summary: 'Replaces what a saved view holds; or previews that.',
      description: 'For its owner, and for admins where it is shared.',
      roles: VIEWERS,
      reads: { params: idInPath, body: viewRequest },
      answers: { 200: { body: z.union([savedView, savedViewPlan]) } },
      problems: ['conflict', 'plan-changed'],
      async handle({ params: { id }, principal, body: { reason, dryRun, planHash, ...draft } }) {
        canonical([draft, reason]);
        const found = await mayChange(id, principal);
        maySave(principal, draft.shared);
        if (dryRun) return { status: 200, body: savedViewPlanView(found, draft) };
        const done = await confirmed(
          savedViews.replace(found.id, draft, byOf(principal, reason), isPlan(planHash, draft)),
          `/v1/views/${id}`,
        );
        return { status: 200, body: savedViewView(unlessChanged(unlessTaken(done) ?? none(id), draft)) };
      },
    },
    DELETE: {
      id: 'deleteView',
      summary: 'Deletes a saved view, and answers with what it held; or previews that.',
      description: 'For its owner, and for admins where it is shared.',
      roles: VIEWERS,
      reads: { params: idInPath, query: viewDeletion },
      answers: { 200: { body: z.union([savedView, savedViewPlan]) } },
      problems: ['plan-changed'],
      async handle({ params: { id }, principal, query: { reason, dryRun, planHash } }) {
        canonical(reason);
        const found = await mayChange(id, principal);
        if (dryRun === 'true') return { status: 200, body: savedViewPlanView(found, null) };
        const done = await confirmed(
          savedViews.remove(found.id, byOf(principal, reason), isPlan(planHash, null)),
          `/v1/views/${id}`,
        );
        return { status: 200, body: savedViewView(unlessChanged(done ?? none(id), null)) };
      },
    },
  });

  /** @throws Problem `not-found` for another's view that is not shared, too */
  async function visible(id: string, { subject }: Principal): Promise<SavedViewRow> {
    const row = await savedViews.read(id);
    return row === null || (row.owner !== subject && !row.shared) ? none(id) : row;
  }

  async function mayChange(id: string, principal: Principal): Promise<SavedViewRow> {
    const row = await visible(id, principal);
    if (row.owner !== principal.subject && principal.role !== 'admin')
      throw new Problem('forbidden', `The view is ${row.owner}’s: only they and admins change it`);
    return row;
  }
}

function none(id: string): never {
  throw new Problem('not-found', `There is no view ${id}`);
}

function maySave({ role }: Principal, shared: boolean): void {
  if (shared && !OPERATORS.includes(role))
    throw new Problem(
      'forbidden',
      `Sharing a view needs the role ${OPERATORS.join(' or ')}; yours is ${role}`,
    );
}

function unlessTaken<T>(done: T | 'taken'): T {
  if (done === 'taken') throw new Problem('conflict', 'Another view has this name: choose another one');
  return done;
}

/** Whether a change of a view is still the one of a plan. */
function isPlan(planHash: string | undefined, after: SavedViewDraft | null): Approves<SavedViewRow> {
  return (now) => planHash === undefined || savedViewPlanView(now, after).planHash === planHash;
}

function unlessChanged(
  done: SavedViewRow | Changed<SavedViewRow>,
  after: SavedViewDraft | null,
): SavedViewRow {
  if ('changed' in done) throw planChanged(savedViewPlanView(done.changed, after));
  return done;
}

function byOf({ subject, role }: Principal, reason: string) {
  return { actor: subject, role, reason };
}
