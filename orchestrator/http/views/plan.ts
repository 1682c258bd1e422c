/** Previews an action by running the pure `step` on a copy of the saga. */
import { type ActionData, actionEnvelope } from '#engine/control.ts';
import type { Registered, Total } from '#engine/definition/definition.ts';
import { inputOf, type SagaRow, type Sent, type Status } from '#engine/saga.ts';
import { type Brakes, NO_BRAKES } from '#engine/step/brakes.ts';
import { startFirst } from '#engine/step/start-first.ts';
import { step } from '#engine/step/step.ts';
import { formatMoney } from '#protocol/currency.ts';
import { commandNumber } from '#protocol/ids.ts';
import { incoming } from './remaining.ts';

export interface PlannedMessage {
  readonly id: string;
  readonly type: string;
  readonly topic: string;
  readonly key: string;
  /** Of a command: which of its type in its saga, from 1 on. */
  readonly number?: number;
  /** The same bytes were sent before. */
  readonly again: boolean;
  readonly data: unknown;
}

/** A total with its text for people. */
export interface ShownTotal extends Total {
  readonly text: string;
}

/** The effect of an action. */
export type Plan =
  | {
      readonly outcome: 'applies';
      /** Of everything the action promises: see `planHash`. */
      readonly planHash: string;
      readonly state: string;
      readonly status: Status;
      readonly sends: readonly PlannedMessage[];
      /** Ids of messages the pause would hold back. */
      readonly holds: readonly string[];
      /** Commands to send again: the journal holds their bytes under this version and id. */
      readonly again: ReadonlyArray<{ readonly version: number; readonly commandId: string }>;
      readonly definition: Registered;
      /** The saga after it. */
      readonly after: SagaRow;
      /** The most that messages move. */
      readonly totalsOf: (messages: readonly PlannedMessage[]) => readonly ShownTotal[];
    }
  | { readonly outcome: 'refused' | 'waits'; readonly detail: string };

/** Previews an action on a row. Pure. @param brakes those in force: what they hold, the action would not send */
export function planOf(
  definition: Registered,
  row: SagaRow,
  action: ActionData,
  nowMs: number,
  brakes: Brakes = NO_BRAKES,
): Plan {
  const message = incoming(actionEnvelope(row.id, action, nowMs));
  const first = startFirst(definition, row, message, nowMs, brakes);
  const result = step(definition, first?.start.row ?? row, first?.action ?? message, nowMs, brakes);
  if (result.kind === 'refused') return { outcome: 'refused', detail: result.outcome.detail };
  if (result.kind === 'noted')
    return { outcome: 'waits', detail: 'it waits until an engine starts the saga' };
  const { entry, row: after, plan = '' } = result;
  const started = first?.start.entry.out ?? [];
  const resent = entry.change.resent ?? [];
  const isResent = ({ event }: Sent) => resent.includes(event.id);
  return {
    outcome: 'applies',
    planHash: plan,
    state: after.state,
    status: after.status,
    sends: [
      ...[...started, ...entry.out].map((sent) => toPlanned(definition, sent, false)),
      // Of a start that is still to come: no journal holds its bytes yet.
      ...started.filter(isResent).map((sent) => toPlanned(definition, sent, true)),
    ],
    holds: entry.change.held ?? [],
    again: resent.flatMap((commandId) => {
      const awaited = row.pending.awaiting[commandId];
      return awaited === undefined ? [] : [{ version: awaited.version, commandId }];
    }),
    definition,
    after,
    totalsOf: (messages) =>
      (definition.totals?.(messages, inputOf(after), after.context) ?? []).map(shownTotal),
  };
}

/** A total with its text. */
export function shownTotal(total: Total): ShownTotal {
  const { kind, of, quantity } = total;
  return { ...total, text: kind === 'money' ? formatMoney(quantity, of) : `${quantity} of ${of}` };
}

/** @param again whether the same bytes were sent before */
export function toPlanned(
  definition: Pick<Registered, 'commands'>,
  { topic, event: { id, type, subject, data } }: Sent,
  again: boolean,
): PlannedMessage {
  const number = definition.commands[type] === undefined ? undefined : commandNumber(id);
  return { id, type, topic, key: subject, ...(number !== undefined && { number }), again, data };
}
