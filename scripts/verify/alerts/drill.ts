/** A drill: a fault made for real on an observed system, and the alerts that must fire because of it. */
import type pg from 'pg';
import type { System } from '#scripts/run/system.ts';

/** An alert by its name, and the labels that make it this one. */
export interface Expected {
  readonly alert: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The observed system that drills act on. */
export interface Scene {
  readonly stack: string;
  readonly system: System;
  readonly gatewayKey: string;
  /** A connection of the owner of all tables. */
  readonly sql: { query(text: string, values?: unknown[]): Promise<pg.QueryResult> };
  /** Places orders and resolves to the ids of those that were accepted. */
  place(count: number, wanted?: Wanted): Promise<string[]>;
  /** Requests coupons, each for another user, all at once; resolves when each was answered, whatever the answer. */
  requestCoupons(count: number): Promise<void>;
  /** Acts on a saga as an operator. @throws Error with the answer, unless it was taken */
  act(sagaId: string, action: string): Promise<void>;
  /** Waits until each order is in a state of this status. */
  until(ids: readonly string[], status: readonly string[]): Promise<void>;
  /** Acts as the gateway's dashboard, or sets how it misbehaves. */
  gateway(method: 'PUT' | 'POST', path: string, body: unknown): Promise<void>;
  /** The identity provider whose tokens the order API accepts. */
  readonly provider: { stop(): Promise<void>; start(): Promise<void> };
  /** How far ahead the clock of shipping is from its next start on, ms. */
  setShippingClock(aheadMs: number): void;
  /** Orders a second while nothing is wrong; drills raise it. */
  setRate(ordersPerSecond: number): void;
}

/** What an order has of its own. */
export interface Wanted {
  readonly country?: string;
  readonly method?: string;
}

export interface Drill {
  /** The fault, for people. */
  readonly name: string;
  readonly alerts: readonly Expected[];
  /** How long the alerts may take to fire, s: their rules' windows and a margin. */
  readonly firesWithinS: number;
  /** How long they may stay once the fault has ended, s. */
  readonly resolvesWithinS: number;
  /** Its fault disturbs no other drill, and takes long to be seen: the next ones run meanwhile. */
  readonly isBeside?: true;
  /** Makes the fault. @returns its end */
  make(scene: Scene): Promise<() => Promise<void>>;
}
