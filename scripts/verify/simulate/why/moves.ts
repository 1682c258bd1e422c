/** The moves of a planting: what happens to its order, or around it, one after the other. */
import type { ActionName } from '#engine/control.ts';
import type { SagaRow } from '#engine/saga.ts';
import type { Finding } from '#protocol/contract.ts';
import type { ProcessKind } from '../processes.ts';
import type { PlantedDay } from './planted-day.ts';

/** One move on a day with an order. */
export type Move = (day: PlantedDay, id: string) => void | Promise<void>;

/** What payment answers to a charge. */
const CHARGED = { chargeId: 'ch_1', amount: 5_000, currency: 'EUR' };

/** Waits until the order is in a state. */
export const until =
  (state: string): Move =>
  (day, id) =>
    day.until(id, state);

/** Time passes. */
export const seconds =
  (count: number): Move =>
  (day) =>
    day.run(count * 1000);

/** A person acts on the order. */
export const acts =
  (action: ActionName, params?: Readonly<Record<string, unknown>>, options?: { taken: boolean }): Move =>
  (day, id) =>
    day.act(id, action, params, options);

/** A participant answers a command of the order, whoever sends the answer. */
export const answers =
  (type: string, command: string, data: unknown = {}): Move =>
  (day, id) =>
    day.reply(id, type, command, data);

/** Payment answers the charge. */
export const charged = answers('payment.charged', 'payment.charge', CHARGED);

/** Payment answers an undo of the charge, or a revoke of it, with what it found. */
export const finds =
  (type: 'payment.refunded' | 'payment.revoked', found: Finding): Move =>
  (day, id) =>
    day.reply(id, type, type === 'payment.refunded' ? 'payment.refund' : 'payment.revoke', {
      found: { [`${id}/payment.charge`]: found },
    });

/** A participant sends a notice about a command of the order. */
export const notes =
  (type: string, command: string, code: string, text: string): Move =>
  (day, id) =>
    day.notice(id, type, command, { code, text });

/** A process ends, or another begins. */
export const stops =
  (name: string): Move =>
  (day) =>
    day.stop(name);
export const starts =
  (kind: ProcessKind): Move =>
  (day) => {
    day.start(kind);
  };

/** A defect changes the order's row. */
export const edits =
  (change: (row: SagaRow, day: PlantedDay) => Partial<SagaRow>): Move =>
  (day, id) =>
    day.edit(id, (row) => change(row, day));

/** What has no name of its own. */
export const does =
  (what: (day: PlantedDay) => void): Move =>
  (day) =>
    what(day);
