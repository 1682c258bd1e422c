/** What people's actions do to a saga, one function an action; each says what it came to, or why it cannot be done. */
import { describeIssues } from '#protocol/codec.ts';
import type { Finding } from '#protocol/contract.ts';
import { type ActionData, editParams, skipParams } from '../control.ts';
import { contractOf, type Registered, revokeOf } from '../definition/definition.ts';
import type { DeferredAction, Edit, GivenUp, SagaRow } from '../saga.ts';
import { pause, resume } from './pause.ts';
import type { Draft } from './transition-builder.ts';

/** What an action came to: done; begun, and decided by a void's answer; or refused. */
export type Acted = 'done' | 'begun' | { readonly refused: string };

/** Has the machine hear an event; the draft takes what comes of it. Returns whether the state is another. */
export type Hear = (event: { type: string; data?: unknown }) => boolean;

/** An action other than those the machine itself hears (compensate, cancel). */
export function takeAction(
  definition: Registered,
  row: SagaRow,
  draft: Draft,
  action: ActionData,
  hear: Hear,
  nowMs: number,
): Acted {
  switch (action.action) {
    case 'retry':
      return done(retry(draft));
    case 'pause': {
      const ended = row.status === 'completed' || row.status === 'failed';
      return done(pause(draft, !ended || Object.keys(draft.awaiting).length > 0, nowMs));
    }
    case 'resume':
      return done(resume(definition, draft, nowMs));
    case 'skip':
      return skip(definition, draft, action, hear);
    case 'edit':
      return edit(definition, row, draft, action, hear);
    default:
      throw new Error(`${action.action} is the machine's`);
  }
}

/**
 * Sends what is awaited again, or a refused undo under its next counter. A person has seen to the saga: its mark goes
 * and the state's clocks begin anew, so that it is marked again should there be no answer this time either.
 */
function retry(draft: Draft): string | null {
  if (draft.paused) return 'it is paused: resume it first';
  const awaited = Object.keys(draft.awaiting);
  const refused = Object.entries(draft.refusedUndos);
  if (awaited.length + refused.length === 0) return 'nothing is awaited';
  draft.resent.push(...awaited);
  for (const [id, { type, undoes, late }] of refused) {
    delete draft.refusedUndos[id];
    draft.issueUndo(type, undoes, late);
  }
  draft.clearStuck();
  draft.restartClocks();
  return null;
}

/**
 * A step counts as done, on evidence. Its command is revoked first, for it may still be done; only an undo that was
 * refused can be skipped at once. One still awaited cannot: nothing forbids an undo, and it would be done twice.
 */
function skip(definition: Registered, draft: Draft, action: ActionData, hear: Hear): Acted {
  const parsed = skipParams.safeParse(action.params ?? {});
  if (!parsed.success) return { refused: describeIssues(parsed.error) };
  const { result, evidence } = parsed.data;
  const [refusedUndo] = Object.entries(draft.refusedUndos).filter(([, undo]) => !undo.late);
  if (refusedUndo !== undefined) {
    const [id, { type, undoes }] = refusedUndo;
    if (Object.keys(result).length > 0) return { refused: 'an undo has no result: give the evidence alone' };
    delete draft.refusedUndos[id];
    const found = Object.fromEntries(undoes.map((undone) => [undone, 'undone' as const]));
    draft.settle(undoes, found);
    note(draft, id, evidence);
    hear({ type: contractOf(definition, type).success, data: { found } });
    return 'done';
  }
  const target = outstanding(draft);
  if (target === null) return { refused: 'no step of it is awaited that could be skipped' };
  const success = contractOf(definition, target.type).success;
  const data = definition.replies.get(success)?.schema.safeParse(result);
  if (data?.success === false)
    return { refused: `the result of ${target.type}: ${describeIssues(data.error)}` };
  const deferred = { actionId: action.actionId, target: target.id, skip: { result, evidence } };
  return afterRevoke(definition, draft, target, deferred, hear);
}

/** Corrects fields of the input or the context and issues the step's command anew, once the old one is revoked. */
function edit(definition: Registered, row: SagaRow, draft: Draft, action: ActionData, hear: Hear): Acted {
  const parsed = editParams.safeParse(action.params ?? {});
  if (!parsed.success) return { refused: describeIssues(parsed.error) };
  if (definition.editable === undefined) return { refused: `nothing of a ${definition.name} can be edited` };
  for (const part of ['input', 'context'] as const) {
    const checked = definition.editable[part].safeParse(parsed.data[part] ?? {});
    if (!checked.success) return { refused: `${part}: ${describeIssues(checked.error)}` };
  }
  const target = row.status === 'running' ? outstanding(draft) : null;
  if (target === null) return { refused: 'no step of it is awaited that could be issued again' };
  return afterRevoke(
    definition,
    draft,
    target,
    { actionId: action.actionId, target: target.id, edit: parsed.data },
    hear,
  );
}

interface Target {
  readonly id: string;
  readonly type: string;
}

/** The forward command whose answer is awaited. */
function outstanding(draft: Draft): Target | null {
  const found = Object.entries(draft.awaiting).find(([, { kind }]) => kind === 'forward');
  return found === undefined ? null : { id: found[0], type: found[1].type };
}

/** Voids a command for an action; one that is still held was never sent and needs no void. */
function afterRevoke(
  definition: Registered,
  draft: Draft,
  target: Target,
  deferred: DeferredAction,
  hear: Hear,
): Acted {
  if (draft.held.some(({ event }) => event.id === target.id)) {
    draft.held = draft.held.filter(({ event }) => event.id !== target.id);
    conclude(definition, draft, deferred, { found: 'not-executed', unsent: true }, hear);
    return 'done';
  }
  const underWay = Object.values(draft.awaiting).some((awaited) => awaited.deferred?.target === target.id);
  if (underWay) return { refused: `${target.id} is being revoked for another action` };
  const type = revokeOf(definition, target.type);
  if (type === undefined) return { refused: `nothing tombstones a ${target.type}` };
  draft.issueRevoke(type, deferred);
  return 'begun';
}

/**
 * The answer to a void: the action that waited for it takes effect, or the command was done after all.
 * @returns why the action is refused; null when it took effect
 */
export function concludeRevoke(
  definition: Registered,
  draft: Draft,
  deferred: DeferredAction,
  found: Finding | null,
  hear: Hear,
): string | null {
  const { target } = deferred;
  if (draft.awaiting[target] === undefined) return `${target} was answered or given up meanwhile`;
  // A refusal may have come meanwhile and only been noted: asked for again, it is judged.
  if (found === null || found === 'done') draft.resent.push(target);
  if (found === null) return `the void of ${target} was refused`;
  if (found === 'done') return `${target} was done after all: its answer is asked for again`;
  conclude(definition, draft, deferred, { found }, hear);
  return null;
}

function conclude(
  definition: Registered,
  draft: Draft,
  { target, skip: skipped, edit: edited }: DeferredAction,
  known: Pick<GivenUp, 'found' | 'unsent'>,
  hear: Hear,
): void {
  const type = draft.awaiting[target]?.type ?? '';
  delete draft.awaiting[target];
  draft.givenUp[target] = { type, ...known };
  draft.gaveUp.push(target);
  if (skipped !== undefined) {
    note(draft, target, skipped.evidence);
    hear({ type: contractOf(definition, type).success, data: skipped.result });
  } else {
    if (edited !== undefined) correct(draft, edited);
    draft.clearStuck();
    draft.restartClocks();
    draft.issue(type);
  }
}

function correct(draft: Draft, { input = {}, context = {} }: Edit): void {
  if (Object.keys(input).length > 0) draft.edited = { ...draft.edited, ...input };
  draft.context = { ...draft.context, ...context };
  draft.editing = [
    ...Object.keys(input).map((name) => `input.${name}`),
    ...Object.keys(context).map((name) => `context.${name}`),
  ];
}

function note(draft: Draft, commandId: string, evidence: string): void {
  draft.skipped = { ...draft.skipped, [commandId]: evidence };
  draft.skipping = { commandId, evidence };
}

function done(refused: string | null): Acted {
  return refused === null ? 'done' : { refused };
}
