/** What a reader may see of a message's data. Viewers read no personal field: a field is hidden unless it is known to be none. Pure. */
import { ACTION, type ActionData, TIMER } from '#engine/control.ts';
import type { Registered } from '#engine/definition/definition.ts';
import type { Envelope } from '#protocol/envelope.ts';

/** Who reads. */
export interface Reader {
  /** Operators see the whole input, and so every message. */
  readonly seesInput: boolean;
  /** The definition of the saga; null: this process lacks it, and viewers see no data of commands. */
  readonly definition: Registered | null;
}

/** The data a reader sees, and the names of the fields that are hidden; without the latter where nothing is. */
export interface VisibleData {
  readonly data: unknown;
  readonly hidden?: readonly string[];
}

/** The visible part of a message's data. */
export function visibleData(message: Envelope, { seesInput, definition }: Reader): VisibleData {
  const { data } = message;
  if (seesInput || !isFields(data)) return { data };
  if (message.type === ACTION) return without(data, 'params');
  if (isReport(message) || isUndo(message, definition)) return { data };
  const shown = definition?.shown.partial().safeParse(data).data ?? {};
  const hidden = Object.keys(data).filter((name) => !(name in shown));
  return { data: shown, ...(hidden.length > 0 && { hidden }) };
}

/** Whether a message is a reply, a notice, a timer or an action: their data hold nothing personal beyond an action's `params`. */
export function isInternal({ type, commandid }: Envelope): boolean {
  return commandid !== undefined || type === TIMER || type === ACTION;
}

/** The data of an internal message without an action's parameters, which may hold an address. */
export function withoutParams({ type, data }: Envelope): unknown {
  if (type !== ACTION) return data;
  const { params: _, ...rest } = data as ActionData;
  return rest;
}

function isReport(message: Envelope): boolean {
  return isInternal(message) && message.type !== ACTION;
}

/** An undo and a revoke name commands and nothing else. */
function isUndo({ type }: Envelope, definition: Registered | null): boolean {
  const kind = definition?.commands[type]?.contract.commands[type]?.kind;
  return kind === 'undo' || kind === 'revoke';
}

function without(data: Readonly<Record<string, unknown>>, name: string): VisibleData {
  const { [name]: removed, ...rest } = data;
  return { data: rest, ...(removed !== undefined && { hidden: [name] }) };
}

function isFields(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}
