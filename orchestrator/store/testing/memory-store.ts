/** The engine's and the sweeper's store in memory: what PostgreSQL keeps, by value, for the simulation and pure tests. */

import { type ActionData, actionMessage } from '#engine/control.ts';
import type { Looked, Move, Store, Stray, SweepStore, Writing } from '#engine/ports.ts';
import type { ActionOutcome, JournalEntry, SagaRow } from '#engine/saga.ts';
import type { Watch } from '#engine/sweep-state.ts';
import { encode } from '#protocol/codec.ts';
import { LEASE_DOUBLINGS, STRAYS_PER_SAGA } from '../tables.ts';

/** A row of `sagas`: the engine's columns, and the sweeper's. */
export interface StoredSaga {
  readonly row: SagaRow;
  readonly lookAt: Date | null;
  readonly watch: Watch;
  readonly looks: number;
  /** Claims that no look followed. */
  readonly claims: number;
}

export interface StoredStray {
  readonly messageId: string;
  readonly reason: string;
  readonly count: number;
}

export interface StoredAction {
  readonly sagaId: string;
  readonly data: ActionData;
  readonly createdAt: Date;
  readonly lookAt: Date | null;
  readonly state: 'waiting' | ActionOutcome['state'];
  readonly detail: string | null;
  readonly looks: number;
}

/** The tables, to be looked at; only the store writes them. */
export interface MemoryTables {
  readonly sagas: ReadonlyMap<string, StoredSaga>;
  /** By saga, in the order of their versions. */
  readonly journal: ReadonlyMap<string, readonly JournalEntry[]>;
  readonly strays: ReadonlyMap<string, readonly StoredStray[]>;
  readonly actions: ReadonlyMap<string, StoredAction>;
}

export interface MemoryStore extends Store, SweepStore {
  readonly tables: MemoryTables;
  /** What intake does: a saga nobody has begun. */
  insertSaga(row: SagaRow, lookAt: Date | null): void;
  /** What the API does: an action nobody has taken. */
  insertAction(sagaId: string, data: ActionData, createdAt: Date, lookAt: Date): void;
}

/** A writing was refused for its data, all of it, as PostgreSQL would. */
export class MemoryDataFault extends Error {}

/** An empty store. Each call takes effect at once and whole, as a transaction does. */
export function memoryStore(): MemoryStore {
  const sagas = new Map<string, StoredSaga>();
  const journal = new Map<string, JournalEntry[]>();
  const strays = new Map<string, StoredStray[]>();
  const actions = new Map<string, StoredAction>();

  const entryOf = (sagaId: string, fits: (entry: JournalEntry) => boolean) => journal.get(sagaId)?.find(fits);

  const readCommands: Store['readCommands'] = async (commands) =>
    commands.flatMap(({ sagaId, version, commandId }) => {
      const issuing = entryOf(sagaId, (entry) => entry.version === version);
      const sent = issuing?.out.filter(({ event }) => event.id === commandId) ?? [];
      return sent.map(({ topic, event }) => ({ topic, key: event.subject, value: encode(event) }));
    });

  function move({ before, after, entries, lookAt }: Move): void {
    const known = sagas.get(before.id);
    if (known === undefined) return;
    const next = lookAt === null ? null : earlier(known.lookAt, lookAt);
    sagas.set(before.id, { ...known, row: copy(after), lookAt: next });
    journal.set(before.id, [...(journal.get(before.id) ?? []), ...entries.map(copy)]);
  }

  function note({ incoming: { envelope }, reason }: Stray): void {
    if (!sagas.has(envelope.subject)) return;
    const known = strays.get(envelope.subject) ?? [];
    const before = known.find(({ messageId }) => messageId === envelope.id);
    const others = known.filter((stray) => stray !== before);
    if (before === undefined && known.length >= STRAYS_PER_SAGA) return;
    const stray = { messageId: envelope.id, reason, count: (before?.count ?? 0) + 1 };
    strays.set(envelope.subject, [...others, stray]);
  }

  return {
    tables: { sagas, journal, strays, actions },

    insertSaga(row, lookAt) {
      if (sagas.has(row.id)) throw new MemoryDataFault(`saga ${row.id} is there`);
      sagas.set(row.id, { row: copy(row), lookAt, watch: {}, looks: 0, claims: 0 });
    },

    insertAction(sagaId, data, createdAt, lookAt) {
      actions.set(data.actionId, {
        sagaId,
        data,
        createdAt,
        lookAt,
        state: 'waiting',
        detail: null,
        looks: 0,
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
      for (const { actionId, sagaId, state, detail } of writing.outcomes) {
        const action = actions.get(actionId);
        const stands = moved.has(sagaId) || !moving.has(sagaId);
        if (action?.state === 'waiting' && stands)
          actions.set(actionId, { ...action, state, detail, lookAt: null });
      }
      return moved;
    },

    async noteStrays(noted) {
      const once = new Map(noted.map((s) => [`${s.incoming.envelope.subject} ${s.incoming.envelope.id}`, s]));
      for (const stray of once.values()) note(stray);
    },

    // One build runs it all: what it does not know, nobody does.
    async enginesKnowing() {
      return [];
    },

    async markStuck(sagaId, { code, text, at }, now) {
      const known = sagas.get(sagaId);
      if (known === undefined) return;
      const { row } = known;
      if (at !== null && at !== row.version) return;
      const stuck = row.stuck ?? { since: now.toISOString(), code, text };
      const version = row.version === 0 || at !== null ? row.version : row.version + 1;
      sagas.set(sagaId, { ...known, row: { ...row, stuck, version }, lookAt: earlier(known.lookAt, now) });
    },

    readCommands,

    async claimDue(now, leaseUntil, limit) {
      const due = [...sagas.values()].filter(({ lookAt }) => isDue(lookAt, now));
      return due
        .sort(byLookAt)
        .slice(0, limit)
        .map((saga) => {
          const looks = saga.looks + 1;
          const lookAt = leaseOf(now, leaseUntil, saga.claims);
          sagas.set(saga.row.id, { ...saga, looks, claims: saga.claims + 1, lookAt });
          return { row: copy(saga.row), watch: copy(saga.watch), looks };
        });
    },

    async writeLooks(looked: readonly Looked[]) {
      const standing = looked.filter(({ sagaId, version }) => {
        const saga = sagas.get(sagaId);
        return saga?.row.version === version && saga.lookAt !== null;
      });
      for (const { sagaId, watch, lookAt } of standing) {
        const saga = sagas.get(sagaId);
        if (saga !== undefined) sagas.set(sagaId, { ...saga, watch: copy(watch), lookAt, claims: 0 });
      }
      return new Set(standing.map(({ sagaId }) => sagaId));
    },

    async claimActions(now, leaseUntil, limit) {
      const due = [...actions.values()].filter(
        ({ state, lookAt }) => state === 'waiting' && isDue(lookAt, now),
      );
      return due
        .sort(byLookAt)
        .slice(0, limit)
        .map((action) => {
          const lookAt = leaseOf(now, leaseUntil, action.looks);
          actions.set(action.data.actionId, { ...action, lookAt, looks: action.looks + 1 });
          const { sagaId, data, createdAt } = action;
          return { sagaId, message: actionMessage(sagaId, data, createdAt.getTime()) };
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

function earlier(a: Date | null, b: Date): Date {
  return a !== null && a < b ? a : b;
}

/** A lease doubles with each claim before it, up to a bound. */
function leaseOf(now: Date, leaseUntil: Date, times: number): Date {
  return new Date(
    now.getTime() + (leaseUntil.getTime() - now.getTime()) * 2 ** Math.min(times, LEASE_DOUBLINGS),
  );
}

function isDue(lookAt: Date | null, now: Date): boolean {
  return lookAt !== null && lookAt <= now;
}

function byLookAt(a: { lookAt: Date | null }, b: { lookAt: Date | null }): number {
  return (a.lookAt?.getTime() ?? 0) - (b.lookAt?.getTime() ?? 0);
}
