/** The effects of operators' actions on a saga, one function an action. */
import { describeIssues } from '#protocol/codec.ts';
import type { Finding } from '#protocol/contract.ts';
import { type ActionData, editParams, skipParams } from '../control.ts';
import { contractOf, type Registered, revokeOf } from '../definition/definition.ts';
import type { DeferredAction, Edit, GivenUp, RefusedUndo, SagaRow } from '../saga.ts';
import { applyEvent } from './apply-event.ts';
import { acknowledge, clearAbout, clearIncident } from './incident.ts';
import { pause, resume } from './pause.ts';
import type { TransitionBuilder } from './transition-builder.ts';

/** The result of an action: done; begun, until a revoke's answer decides it; or refused. */
export type Acted = 'done' | 'begun' | { readonly refused: string };

/** Applies an action, except compensate and cancel, which are events of the machine. */
export function takeAction(
  definition: Registered,
  row: SagaRow,
  builder: TransitionBuilder,
  action: ActionData,
  nowMs: number,
): Acted {
  switch (action.action) {
    case 'retry':
      return done(retry(builder));
    case 'pause': {
      const ended = row.status === 'completed' || row.status === 'failed';
      return done(pause(builder, !ended || Object.keys(builder.awaiting).length > 0, nowMs));
    }
    case 'resume':
      return done(resume(definition, builder, nowMs));
    case 'skip':
      return skip(definition, builder, action);
    case 'edit':
      return edit(definition, row, builder, action);
    case 'resolve':
      return done(resolve(row, builder));
    default:
      throw new Error(`${action.action} is the machine's`);
  }
}

/**
 * Sends the awaited commands again, and a refused undo under its next counter. Clears the incident and restarts the
 * state's clocks, so that a second silence raises a new incident.
 */
function retry(builder: TransitionBuilder): string | null {
  if (builder.paused) return 'it is paused: resume it first';
  const awaited = Object.keys(builder.awaiting);
  const refused = Object.entries(builder.refusedUndos);
  if (awaited.length + refused.length === 0) return 'nothing is awaited';
  builder.resent.push(...awaited);
  for (const [id, { type, undoes, late }] of refused) {
    delete builder.refusedUndos[id];
    builder.issueUndo(type, undoes, late);
  }
  clearIncident(builder);
  builder.restartClocks();
  return null;
}

/**
 * Closes the incident of an ended saga: its operator vouches that nothing is left to do. A live saga's incident names what
 * it waits for, and closes only with that.
 */
function resolve(row: SagaRow, builder: TransitionBuilder): string | null {
  if (builder.stuck === null) return 'it has no incident';
  if (row.endedAt === null) return `it is ${row.status}: retry, skip or compensate it`;
  const [awaited] = Object.keys(builder.awaiting);
  if (awaited !== undefined) return `it awaits the answer to ${awaited}: retry it`;
  const [refused] = Object.keys(builder.refusedUndos);
  if (refused !== undefined) return `${refused} was refused: retry it, or skip it with the evidence`;
  builder.stuck = null;
  return null;
}

/**
 * Counts a step as done, on evidence. The engine revokes its command first, because a participant may still execute it.
 * A refused undo is skipped at once, that of a late success last; an awaited one never, because nothing can revoke an
 * undo. With nothing outstanding the evidence answers a participant's incident.
 */
function skip(definition: Registered, builder: TransitionBuilder, action: ActionData): Acted {
  const parsed = skipParams.safeParse(action.params ?? {});
  if (!parsed.success) return { refused: describeIssues(parsed.error) };
  const { result, evidence } = parsed.data;
  const target = outstanding(builder);
  const hasResult = Object.keys(result).length > 0;
  const refusedUndo = skippableUndo(builder, target);
  if (refusedUndo !== undefined) {
    if (hasResult) return { refused: 'an undo has no result: give the evidence alone' };
    skipUndo(definition, builder, refusedUndo, evidence);
    return 'done';
  }
  const about = builder.stuck?.about;
  if (target === null && about !== undefined && Object.keys(builder.awaiting).length === 0) {
    if (hasResult) return { refused: 'an incident has no result: give the evidence alone' };
    note(builder, `${about}/${builder.stuck?.code}`, evidence);
    acknowledge(builder);
    return 'done';
  }
  if (target === null) return { refused: 'no step of it is awaited that could be skipped' };
  const success = contractOf(definition, target.type).success;
  const data = definition.replies.get(success)?.schema.safeParse(result);
  if (data?.success === false)
    return { refused: `the result of ${target.type}: ${describeIssues(data.error)}` };
  const deferred = { actionId: action.actionId, target: target.id, skip: { result, evidence } };
  return afterRevoke(definition, builder, target, deferred);
}

/** The undo that a skip concerns: the state's own first; one beside the state only where no step is outstanding. */
function skippableUndo(
  { refusedUndos }: TransitionBuilder,
  target: Target | null,
): readonly [string, RefusedUndo] | undefined {
  const all = Object.entries(refusedUndos);
  return all.find(([, { late }]) => !late) ?? (target === null ? all[0] : undefined);
}

/** Counts an undo as done, on evidence. What its participant found stays: a later success is still undone. */
function skipUndo(
  definition: Registered,
  builder: TransitionBuilder,
  [id, { type, undoes, late, found: known }]: readonly [string, RefusedUndo],
  evidence: string,
): void {
  delete builder.refusedUndos[id];
  const found = known ?? Object.fromEntries(undoes.map((undone) => [undone, 'undone' as const]));
  builder.settle(undoes, found);
  note(builder, id, evidence);
  if (late) {
    acknowledge(builder);
  } else {
    clearAbout(builder, type);
    applyEvent(builder, { type: contractOf(definition, type).success, data: { found } });
  }
}

/** Corrects fields of the input or the context, revokes the step's command and then issues it again. */
function edit(definition: Registered, row: SagaRow, builder: TransitionBuilder, action: ActionData): Acted {
  const parsed = editParams.safeParse(action.params ?? {});
  if (!parsed.success) return { refused: describeIssues(parsed.error) };
  if (definition.editable === undefined) return { refused: `nothing of a ${definition.name} can be edited` };
  for (const part of ['input', 'context'] as const) {
    const checked = definition.editable[part].safeParse(parsed.data[part] ?? {});
    if (!checked.success) return { refused: `${part}: ${describeIssues(checked.error)}` };
  }
  const target = row.status === 'running' ? outstanding(builder) : null;
  if (target === null) return { refused: 'no step of it is awaited that could be issued again' };
  return afterRevoke(definition, builder, target, {
    actionId: action.actionId,
    target: target.id,
    edit: parsed.data,
  });
}

interface Target {
  readonly id: string;
  readonly type: string;
}

/** The forward command whose answer is awaited. */
function outstanding(builder: TransitionBuilder): Target | null {
  const found = Object.entries(builder.awaiting).find(([, { kind }]) => kind === 'forward');
  return found === undefined ? null : { id: found[0], type: found[1].type };
}

/** Revokes a command for an action; a held command was never sent and needs no revoke. */
function afterRevoke(
  definition: Registered,
  builder: TransitionBuilder,
  target: Target,
  deferred: DeferredAction,
): Acted {
  if (builder.held.some(({ event }) => event.id === target.id)) {
    builder.held = builder.held.filter(({ event }) => event.id !== target.id);
    conclude(definition, builder, deferred, { found: 'not-executed', unsent: true });
    return 'done';
  }
  const underWay = Object.values(builder.awaiting).some((awaited) => awaited.deferred?.target === target.id);
  if (underWay) return { refused: `${target.id} is being revoked for another action` };
  const type = revokeOf(definition, target.type);
  if (type === undefined) return { refused: `nothing revokes a ${target.type}` };
  builder.issueRevoke(type, deferred);
  return 'begun';
}

/**
 * Handles a revoke's answer: the waiting action takes effect, unless the participant had executed the command.
 * @returns why the action is refused; null when it took effect
 */
export function concludeRevoke(
  definition: Registered,
  builder: TransitionBuilder,
  deferred: DeferredAction,
  found: Finding | null,
): string | null {
  const { target } = deferred;
  if (builder.awaiting[target] === undefined) return `${target} was answered or given up meanwhile`;
  // A refusal that arrived in between was only noted; resent, the command is answered again.
  if (found === null || found === 'done') builder.resent.push(target);
  if (found === null) return `the revoke of ${target} was refused`;
  if (found === 'done') return `${target} was done after all: its answer is requested again`;
  conclude(definition, builder, deferred, { found });
  return null;
}

function conclude(
  definition: Registered,
  builder: TransitionBuilder,
  { target, skip: skipped, edit: edited }: DeferredAction,
  known: Pick<GivenUp, 'found' | 'unsent'>,
): void {
  const type = builder.awaiting[target]?.type ?? '';
  delete builder.awaiting[target];
  builder.givenUp[target] = { type, ...known };
  builder.gaveUp.push(target);
  if (skipped !== undefined) {
    note(builder, target, skipped.evidence);
    applyEvent(builder, { type: contractOf(definition, type).success, data: skipped.result });
  } else {
    if (edited !== undefined) correct(builder, edited);
    clearIncident(builder);
    builder.restartClocks();
    builder.issue(type);
  }
}

function correct(builder: TransitionBuilder, { input = {}, context = {} }: Edit): void {
  if (Object.keys(input).length > 0) builder.edited = { ...builder.edited, ...input };
  builder.context = { ...builder.context, ...context };
  builder.editing = [
    ...Object.keys(input).map((name) => `input.${name}`),
    ...Object.keys(context).map((name) => `context.${name}`),
  ];
}

function note(builder: TransitionBuilder, commandId: string, evidence: string): void {
  builder.skipped = { ...builder.skipped, [commandId]: evidence };
  builder.skipping = { commandId, evidence };
}

function done(refused: string | null): Acted {
  return refused === null ? 'done' : { refused };
}
