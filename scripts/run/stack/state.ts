/** The state of a stack between commands: its ports, the number of brokers it was made with, and its processes. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { placesOf } from './places.ts';
import type { ObservePorts, Ports } from './ports.ts';

/** A second way into every broker, for clients that are to reach it through something that stands in front of it. */
export type ExtraListener = Readonly<{
  /** As Kafka names it: capital letters. */
  name: string;
  /** The port each broker listens on, in the order of their ids. */
  ports: number[];
  /** The port each broker advertises to its clients. */
  advertised: number[];
  /** Of a secured stack: its protocol, SASL_SSL without it, and its own settings, without `listener.name.NAME.`. */
  protocol?: 'SSL' | 'SASL_SSL';
  settings?: Record<string, string>;
  /** What it needs of the brokers' JVM. */
  jvm?: string[];
}>;

/** How long a client of PgBouncer keeps a session of the server: until it leaves, or for a transaction. */
export const POOL_MODES = ['session', 'transaction'] as const;
export type PoolMode = (typeof POOL_MODES)[number];

export type StackState = {
  name: string;
  brokers: number;
  /** Made with TLS, passwords and permissions. */
  secure?: boolean;
  ports: Ports;
  listeners?: ExtraListener[];
  /** The port of a second PostgreSQL, which follows the first until it is promoted. */
  standby?: number;
  /** The port of a second Redis, which follows the first until it is promoted. */
  redisReplica?: number;
  /** PgBouncer in front of PostgreSQL, of a stack that has one. */
  pooler?: { port: number; mode: PoolMode };
  /** Of a stack that is observed. */
  observe?: ObservePorts;
  /** Process ids by service: `kafka`, `kafka-2`, `kafka-3`, `postgres`, `redis`. */
  pids: Record<string, number>;
};

/** The state of a stack, or undefined where there is none (or a half-written one). */
export function readState(name: string): StackState | undefined {
  return readJson<StackState>(placesOf(name).stateFile);
}

/** Replaces the state of a stack in one step, so that no reader sees half of it. */
export function writeState(state: StackState): void {
  writeJson(placesOf(state.name).stateFile, state);
}

/** Parses a JSON file; undefined where it is missing or unreadable. */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** Writes a JSON file beside its place, then moves it there. */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(beside, file);
}
