/** The WebSockets of results, put together: opening, talking, telling, watching, and their end. */
import type { WebSocket } from 'ws';
import type { Principal } from '#platform/process/auth-tokens.ts';
import type { Logger } from '#platform/process/log.ts';
import type { InRecord } from '#protocol/envelope.ts';
import type { Lookups } from '../lookups.ts';
import type { First } from '../outcome.ts';
import type { PublicIds } from '../public-ids.ts';
import type { Seal } from '../seal.ts';
import type { Ticket } from '../ticket.ts';
import { type SeatLimits, seats } from './connection-limit.ts';
import { conversation } from './conversation.ts';
import { watchSockets } from './housekeeping.ts';
import { cut, type Listener, newListener } from './listener.ts';
import { heardResult } from './received-result.ts';
import { openRefusals, type RefusedRef } from './refusals.ts';
import { openHub } from './subscribers.ts';
import { openUpgrades, type Upgrades } from './upgrade.ts';

const CLOSE_WITHIN_MS = 2_000;

export interface ResultSockets {
  readonly upgrade: Upgrades['handle'];
  /** Takes records of the result topics. */
  take(records: readonly InRecord[]): void;
  /**
   * Tells a refusal at the door, which is on no topic, to those who listen for its user or campaign here. Whoever names
   * the request is told it everywhere.
   */
  refused(ref: RefusedRef, requestId: string, first: First | null): void;
  /** The topics are read from their ends on, now: what was decided before is looked up for all who wait. */
  positioned(): void;
  /** Opens no more, and closes those that are open: 1001. */
  close(): Promise<void>;
}

/** Opens nothing before the first upgrade. */
export function resultSockets(parts: {
  readonly requestIds: Seal;
  readonly ids: PublicIds;
  readonly tickets: Seal;
  readonly useTicket: (ticket: Ticket) => Promise<boolean>;
  readonly lookups: Lookups;
  readonly seats: SeatLimits;
  readonly origins: readonly string[];
  readonly log: Logger;
  readonly now: () => number;
}): ResultSockets {
  const { requestIds, lookups, now } = parts;
  const hub = openHub(requestIds, parts.ids);
  const watch = watchSockets(hub, lookups, now);
  const refusals = openRefusals(hub);
  const talk = conversation({ hub, watch, requestIds, now });

  const opened = (socket: WebSocket, principal: Principal) => {
    const listener: Listener = newListener(socket, principal, now());
    watch.opened(listener);
    socket.on('message', (data, isBinary) => {
      listener.isAlive = true;
      if (isBinary) cut(listener, 'bad-message');
      else talk.heard(listener, String(data));
    });
    socket.on('pong', () => {
      listener.isAlive = true;
    });
    // A frame that breaks the protocol, or is too large: ws closes the socket itself.
    socket.on('error', () => {});
    socket.on('close', () => {
      hub.leave(listener);
      watch.closed(listener);
    });
  };
  const upgrades = openUpgrades({ ...parts, seats: seats(parts.seats), opened });

  return {
    upgrade: upgrades.handle,
    take(records) {
      const concerning = records.filter(({ key }) => key !== null && hub.concerns(key));
      if (concerning.length > 0) hub.tell(concerning.map(heardResult).filter((result) => result !== null));
    },
    refused: refusals.tell,
    positioned: () => watch.checkAll(),
    async close() {
      upgrades.close();
      watch.close();
      refusals.flush();
      const listeners = watch.listeners();
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
