/** Positions of live events as text: the `id` of an event, which a client sends back as `Last-Event-ID`. */

import { beforeAll, type Position } from '#orchestrator/store/live-store.ts';
import { Problem } from '#platform/http/problem.ts';

const TEXT = /^(\d{1,20})(?:\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,10}))?$/;
const XID_MAX = 2n ** 64n - 1n;
const VERSION_MAX = 2_147_483_647;

/** A position as text. */
export function positionText({ xid, sagaId, version }: Position): string {
  return version === 0 ? xid : `${xid}.${sagaId}.${version}`;
}

/**
 * The position in a text.
 * @throws Problem `validation` when it is none of this list's
 */
export function readPosition(text: string): Position {
  const [, xid = '', sagaId, version = '0'] = TEXT.exec(text) ?? [];
  if (xid === '' || BigInt(xid) > XID_MAX || Number(version) > VERSION_MAX)
    throw new Problem('validation', 'Last-Event-ID is no id of an event of this list');
  return sagaId === undefined ? beforeAll(xid) : { xid, sagaId, version: Number(version) };
}

/**
 * The version in a text: the position in the events of one saga.
 * @throws Problem `validation` when it is none
 */
export function readVersion(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > VERSION_MAX)
    throw new Problem('validation', 'Last-Event-ID is no id of an event of this saga');
  return Number(text);
}

/** Whether a position precedes another one. */
export function precedes(a: Position, b: Position): boolean {
  const [left, right] = [BigInt(a.xid), BigInt(b.xid)];
  if (left !== right) return left < right;
  return a.sagaId === b.sagaId ? a.version < b.version : a.sagaId < b.sagaId;
}
