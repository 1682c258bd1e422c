/** Builds the WebSockets of results: upgrades, conversation, subscribers, housekeeping, and their shutdown. */
import type { WebSocket } from 'ws';
import { type ConnectionLimits, connectionLimit } from '#platform/http/connection-limit.ts';
import type { Credentials } from '#platform/identity/credentials.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import type { Logger } from '#platform/process/log.ts';
import { isTracing, recordSpan, traceOfMessage } from '#platform/process/tracing.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { readTraceparent } from '#protocol/trace.ts';
import type { First } from '../outcome.ts';
import type { Lookups } from '../outcome-lookups.ts';
import type { PublicIds } from '../public-ids.ts';
import type { RefusedRef } from '../request-id.ts';
import type { Seal } from '../seal.ts';
import type { Ticket } from '../ticket.ts';
import { openCachedRefusals } from './cached-refusals.ts';
import { conversation } from './conversation.ts';
import { startHousekeeping } from './housekeeping.ts';
import { cut, type Listener, newListener } from './listener.ts';
import { type ReceivedResult, receivedResult } from './received-result.ts';
import { openSubscribers } from './subscribers.ts';
import { openUpgrades, type Upgrades } from './upgrade.ts';

const CLOSE_WITHIN_MS = 2_000;

export interface ResultSockets {
  readonly upgrade: Upgrades['handle'];
  /** Delivers the results in records of the result topics. */
  take(records: readonly InRecord[]): void;
  /**
   * Delivers a refusal from the cache to this instance's subscribers of its user or campaign. It is on no topic, so other
   * instances deliver it only to sockets that name the request.
   */
  refused(ref: RefusedRef, requestId: string, first: First | null): void;
  /** Call when the consumer stands at the ends of the topics: reads from the tables what was decided before. */
  positioned(): void;
  /** Refuses new sockets, and closes the open ones with 1001. */
  close(): Promise<void>;
}

/** Builds them; it opens no socket before the first upgrade. */
export function resultSockets(parts: {
  readonly requestIds: Seal;
  readonly ids: PublicIds;
  readonly tickets: Seal;
  readonly useTicket: (ticket: Ticket) => Promise<boolean>;
  readonly stillCounts: Credentials['stillCounts'];
  readonly lookups: Lookups;
  readonly connectionLimits: ConnectionLimits;
  readonly origins: readonly string[];
  readonly log: Logger;
  readonly now: () => number;
}): ResultSockets {
  const { requestIds, lookups, stillCounts, now } = parts;
  const subscribers = openSubscribers(requestIds, parts.ids);
  const housekeeping = startHousekeeping({ subscribers, lookups, stillCounts, now });
  const refusals = openCachedRefusals(subscribers);
  const talk = conversation({ subscribers, housekeeping, requestIds, now });

  const opened = (socket: WebSocket, principal: Principal) => {
    const listener: Listener = newListener(socket, principal, now());
    housekeeping.opened(listener);
    socket.on('message', (data, isBinary) => {
      listener.isAlive = true;
      if (isBinary) cut(listener, 'bad-message');
      else talk.receive(listener, String(data));
    });
    socket.on('pong', () => {
      listener.isAlive = true;
    });
    // After a frame that is invalid or too large, ws closes the socket itself.
    socket.on('error', () => {});
    socket.on('close', () => {
      subscribers.remove(listener);
      housekeeping.closed(listener);
    });
  };
  const upgrades = openUpgrades({ ...parts, connections: connectionLimit(parts.connectionLimits), opened });

  return {
    upgrade: upgrades.handle,
    take(records) {
      const concerning = records.filter(({ key }) => key !== null && subscribers.concerns(key));
      if (concerning.length === 0) return;
      const startedAt = performance.now();
      const results = concerning.map(receivedResult).filter((result) => result !== null);
      subscribers.deliver(results);
      recordDeliveries(results, startedAt);
    },
    refused: refusals.deliver,
    positioned: () => housekeeping.checkAll(),
    async close() {
      upgrades.close();
      housekeeping.close();
      refusals.flush();
      const listeners = housekeeping.listeners();
      const closed = listeners.map(
        ({ socket }) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
      );
      for (const listener of listeners) cut(listener, 'shutting-down');
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_WITHIN_MS);
      });
      await Promise.race([Promise.all(closed), late]);
      clearTimeout(timer);
      for (const { socket } of listeners) socket.terminate();
    },
  };
}

/** The spans of results that were sent to sockets. */
function recordDeliveries(results: readonly ReceivedResult[], startedAt: number): void {
  if (!isTracing()) return;
  for (const { eventId: id, ref, outcome, traceparent } of results) {
    const context = readTraceparent(traceparent);
    if (context?.isSampled !== true) continue;
    const name = `deliver ${outcome.status} over WebSocket`;
    recordSpan({ name, kind: 'server', startedAt, ...traceOfMessage({ id, subject: ref.userId }, context) });
  }
}
