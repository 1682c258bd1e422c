/** The engine's and the sweeper's store in memory: what PostgreSQL keeps, by value, for the simulation and pure tests. */

import { type ActionData, actionMessage } from '#engine/control.ts';
import type { ChainedEntry } from '#engine/journal-chain.ts';
import type { Checked, Move, Store, SweepStore, Unmatched, Writing } from '#engine/ports.ts';
import type { ActionOutcome, JournalEntry, SagaRow } from '#engine/saga.ts';
import type { SweepState } from '#engine/sweep-state.ts';
import { encode } from '#protocol/codec.ts';
import { LEASE_DOUBLINGS, UNMATCHED_PER_SAGA } from '../tables.ts';

/** A row of `sagas`: the engine's columns, and the sweeper's. */
export interface StoredSaga {
  readonly row: SagaRow;
  readonly dueAt: Date | null;
  readonly sweepState: SweepState;
  readonly checks: number;
  /** Claims without a completed check. */
  readonly claims: number;
}

/** A row of `journal`. */
export interface StoredEntry extends JournalEntry {
  readonly hash: string | null;
}

export interface StoredUnmatched {
  readonly messageId: string;
  readonly reason: string;
  readonly count: number;
}

export interface StoredAction {
  readonly sagaId: string;
  readonly data: ActionData;
  readonly createdAt: Date;
  readonly dueAt: Date | null;
  readonly state: 'waiting' | ActionOutcome['state'];
  readonly detail: string | null;
  readonly planHash: string | null;
  readonly checks: number;
}

/** The tables, for assertions; only the store writes them. */
export interface MemoryTables {
  readonly sagas: ReadonlyMap<string, StoredSaga>;
  /** By saga, in the order of their versions. */
  readonly journal: ReadonlyMap<string, readonly StoredEntry[]>;
  readonly unmatched: ReadonlyMap<string, readonly StoredUnmatched[]>;
  readonly actions: ReadonlyMap<string, StoredAction>;
}

export interface MemoryStore extends Store, SweepStore {
  readonly tables: MemoryTables;
  /** What intake does: a saga before its first message. */
  insertSaga(row: SagaRow, dueAt: Date | null): void;
  /** What the API does: a waiting action. */
  insertAction(sagaId: string, data: ActionData, createdAt: Date, dueAt: Date): void;
}

/** A writing was refused for its data, all of it, as PostgreSQL would. */
export class MemoryDataFault extends Error {}

/** An empty store. Each call takes effect at once and whole, as a transaction does. */
export function memoryStore(): MemoryStore {
  const sagas = new Map<string, StoredSaga>();
  const journal = new Map<string, StoredEntry[]>();
  const unmatched = new Map<string, StoredUnmatched[]>();
  const actions = new Map<string, StoredAction>();

  const entryOf = (sagaId: string, fits: (entry: JournalEntry) => boolean) => journal.get(sagaId)?.find(fits);

  const readCommands: Store['readCommands'] = async (commands) =>
    commands.flatMap(({ sagaId, version, commandId }) => {
      const issuing = entryOf(sagaId, (entry) => entry.version === version);
      const sent = issuing?.out.filter(({ event }) => event.id === commandId) ?? [];
      return sent.map(({ topic, event }) => ({ topic, key: event.subject, value: encode(event) }));
    });

  function move({ before, after, entries, dueAt }: Move): void {
    const known = sagas.get(before.id);
    if (known === undefined) return;
    const next = dueAt === null ? null : earlier(known.dueAt, dueAt);
    sagas.set(before.id, { ...known, row: copy(after), dueAt: next });
    journal.set(before.id, [...(journal.get(before.id) ?? []), ...entries.map(stored)]);
  }

  function note({ incoming: { envelope }, reason }: Unmatched): void {
    if (!sagas.has(envelope.subject)) return;
    const known = unmatched.get(envelope.subject) ?? [];
    const before = known.find(({ messageId }) => messageId === envelope.id);
    const others = known.filter((other) => other !== before);
    if (before === undefined && known.length >= UNMATCHED_PER_SAGA) return;
    const now = { messageId: envelope.id, reason, count: (before?.count ?? 0) + 1 };
    unmatched.set(envelope.subject, [...others, now]);
  }

  return {
    tables: { sagas, journal, unmatched, actions },

    insertSaga(row, dueAt) {
      if (sagas.has(row.id)) throw new MemoryDataFault(`saga ${row.id} is there`);
      sagas.set(row.id, { row: copy(row), dueAt, sweepState: {}, checks: 0, claims: 0 });
    },

    insertAction(sagaId, data, createdAt, dueAt) {
      actions.set(data.actionId, {
        sagaId,
        data,
        createdAt,
        dueAt,
        state: 'waiting',
        detail: null,
        planHash: null,
        checks: 0,
      });
    },

    async readSagas(ids) {
      const found = ids.flatMap((id) => sagas.get(id) ?? []);
      return new Map(found.map(({ row }) => [row.id, copy(row)]));
    },

    async readJournal(keys) {
      const found = keys.flatMap((key) => entryOf(key.sagaId, (e) => e.messageId === key.messageId) ?? []);
      return found.map(({ sagaId, messageId, change, out, origin }) =>
        copy({ sagaId, messageId, change, out, origin }),
      );
    },

    async write(writing) {
      const moves = writing.moves.filter(
        ({ before }) => sagas.get(before.id)?.row.version === before.version,
      );
      refuseBadData(writing, moves, (sagaId, id) => entryOf(sagaId, (e) => e.messageId === id) !== undefined);
      const moved = new Set(moves.map(({ before }) => before.id));
      const moving = new Set(writing.moves.map(({ before }) => before.id));
      for (const one of moves) move(one);
      for (const { actionId, sagaId, state, detail, planHash = null } of writing.outcomes) {
        const action = actions.get(actionId);
        const stands = moved.has(sagaId) || !moving.has(sagaId);
        if (action?.state === 'waiting' && stands)
          actions.set(actionId, { ...action, state, detail, planHash, dueAt: null });
      }
      return moved;
    },

    async recordUnmatched(noted) {
      const once = new Map(noted.map((s) => [`${s.incoming.envelope.subject} ${s.incoming.envelope.id}`, s]));
      for (const unmatched of once.values()) note(unmatched);
    },

    // One build runs it all: what it does not know, nobody does.
    async enginesKnowing() {
      return [];
    },

    async raiseIncident(sagaId, { at, ...incident }, now) {
      const known = sagas.get(sagaId);
      if (known === undefined) return;
      const { row } = known;
      if (at !== null && at !== row.version) return;
      const stuck = row.stuck ?? { since: now.toISOString(), ...incident };
      const version = row.version === 0 || at !== null ? row.version : row.version + 1;
      sagas.set(sagaId, { ...known, row: { ...row, stuck, version }, dueAt: earlier(known.dueAt, now) });
    },

    readCommands,

    async claimDue(now, leaseUntil, limit) {
      const due = [...sagas.values()].filter(({ dueAt }) => isDue(dueAt, now));
      return due
        .sort(byDueAt)
        .slice(0, limit)
        .map((saga) => {
          const checks = saga.checks + 1;
          const dueAt = leaseOf(now, leaseUntil, saga.claims);
          sagas.set(saga.row.id, { ...saga, checks, claims: saga.claims + 1, dueAt });
          return { row: copy(saga.row), sweepState: copy(saga.sweepState), checks };
        });
    },

    async writeChecks(checked: readonly Checked[]) {
      const standing = checked.filter(({ sagaId, version }) => {
        const saga = sagas.get(sagaId);
        return saga?.row.version === version && saga.dueAt !== null;
      });
      for (const { sagaId, sweepState, dueAt } of standing) {
        const saga = sagas.get(sagaId);
        if (saga !== undefined)
          sagas.set(sagaId, { ...saga, sweepState: copy(sweepState), dueAt, claims: 0 });
      }
      return new Set(standing.map(({ sagaId }) => sagaId));
    },

    async release({ sagaIds, actionIds }, now) {
      for (const id of sagaIds) {
        const saga = sagas.get(id);
        if (saga === undefined || saga.dueAt === null) continue;
        const [checks, claims] = [Math.max(0, saga.checks - 1), Math.max(0, saga.claims - 1)];
        sagas.set(id, { ...saga, checks, claims, dueAt: earlier(saga.dueAt, now) });
      }
      for (const id of actionIds) {
        const action = actions.get(id);
        if (action === undefined || action.state !== 'waiting') continue;
        const checks = Math.max(0, action.checks - 1);
        actions.set(id, { ...action, checks, dueAt: earlier(action.dueAt, now) });
      }
    },

    async claimActions(now, leaseUntil, limit) {
      const due = [...actions.values()].filter(
        ({ state, dueAt }) => state === 'waiting' && isDue(dueAt, now),
      );
      return due
        .sort(byDueAt)
        .slice(0, limit)
        .map((action) => {
          const dueAt = leaseOf(now, leaseUntil, action.checks);
          actions.set(action.data.actionId, { ...action, dueAt, checks: action.checks + 1 });
          const { sagaId, data, createdAt } = action;
          return {
            actionId: data.actionId,
            sagaId,
            message: actionMessage(sagaId, data, createdAt.getTime()),
          };
        });
    },
  };
}

/** The journal's unique key, and text no database takes. */
function refuseBadData(
  writing: Writing,
  moves: readonly Move[],
  isTaken: (sagaId: string, messageId: string) => boolean,
): void {
  if (JSON.stringify(writing).includes('\\u0000')) throw new MemoryDataFault('U+0000');
  for (const { before, entries } of moves) {
    const ids = entries.map(({ messageId }) => messageId);
    if (new Set(ids).size !== ids.length || ids.some((id) => isTaken(before.id, id)))
      throw new MemoryDataFault(`saga ${before.id} took one of ${ids} before`);
  }
}

/** By value, as through a database: nobody holds what another may change. */
function copy<T>(value: T): T {
  return structuredClone(value);
}

/** The columns of an entry: its texts are those of its documents. */
function stored({ texts: _, ...entry }: ChainedEntry): StoredEntry {
  return copy(entry);
}

function earlier(a: Date | null, b: Date): Date {
  return a !== null && a < b ? a : b;
}

/** A lease doubles with each claim before it, up to a bound. */
function leaseOf(now: Date, leaseUntil: Date, times: number): Date {
  return new Date(
    now.getTime() + (leaseUntil.getTime() - now.getTime()) * 2 ** Math.min(times, LEASE_DOUBLINGS),
  );
}

function isDue(dueAt: Date | null, now: Date): boolean {
  return dueAt !== null && dueAt <= now;
}

function byDueAt(a: { dueAt: Date | null }, b: { dueAt: Date | null }): number {
  return (a.dueAt?.getTime() ?? 0) - (b.dueAt?.getTime() ?? 0);
}
