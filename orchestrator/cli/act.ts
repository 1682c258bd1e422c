/** `saga retry|compensate|pause|… ID`: shows the plan, applies it after approval, and waits for the outcome. */
import { type ActionOptions, paramsOf } from './actions.ts';
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { renderOne } from './output.ts';
import { argumentsOf, planText } from './plan.ts';
import { type Approval, planThenApply } from './plan-first.ts';
import type { Action, Plan, Saga } from './shapes.ts';

const POLL_MS = 200;
/** A running engine handles an action within seconds. */
const OUTCOME_WAIT_MS = 30_000;
export const END_WAIT_S = 60;

export interface ActOptions extends ActionOptions, Approval {
  /** Seconds to wait for the saga's end; true: a minute. */
  readonly wait?: number | true;
}

/**
 * Acts on one saga: exactly as planned, or not at all.
 * @throws CommandFailure as `planThenApply`, when the action is refused, and when the wait times out
 */
export async function act(context: Context, action: string, id: string, options: ActOptions): Promise<void> {
  const { api, out, say } = context;
  const path = `/v1/sagas/${encodeURIComponent(id)}`;
  const { revision } = await api.get<Saga>(path);
  const request = {
    path: `${path}/actions`,
    fields: { action, ...paramsOf(options) },
    headers: { 'if-match': `"${revision}"` },
  };
  const accepted = await planThenApply<Plan, Action>(context, options, {
    act: request,
    text: (plan) => (plan.outcome === 'refused' ? '' : planText(plan)),
    impossible: ({ outcome, detail }) => (outcome === 'refused' ? `Not possible: ${detail}.` : null),
    question: `Apply ${action}?`,
    command: () => [action, id, ...argumentsOf(options)],
    quotesReason: true,
  });
  if (accepted === null) return;
  const done = await outcome(context, accepted.actionId);
  if (done.state === 'refused') {
    const { reason } = options;
    const now = await api.plan<Plan>({ path: request.path, fields: { ...request.fields, reason } });
    say(planText(now));
    throw new CommandFailure(EXIT.conflict, `Refused: ${done.detail}. Above is what it would do now.`);
  }
  say(`Applied: ${done.detail}`);
  if (options.wait === undefined)
    return out(renderOne(options.output, done, ({ actionId }) => `${actionId} applied`));
  const ended = await end(context, path, (options.wait === true ? END_WAIT_S : options.wait) * 1000);
  out(renderOne(options.output, ended, ({ sagaId, status }) => `${sagaId} ${status}`));
}

async function outcome(context: Context, actionId: string): Promise<Action> {
  const what = `action ${actionId} is still waiting; see /v1/actions/${actionId}`;
  return waitFor(
    context,
    () => context.api.get<Action>(`/v1/actions/${actionId}`),
    ({ state }) => state !== 'waiting',
    OUTCOME_WAIT_MS,
    () => what,
  );
}

async function end(context: Context, path: string, withinMs: number): Promise<Saga> {
  let shown = '';
  const read = async () => {
    const saga = await context.api.get<Saga>(path);
    const now = `${saga.status}: ${saga.state}${saga.stuck ? ', stuck' : ''}`;
    if (now !== shown) context.say(now);
    shown = now;
    return saga;
  };
  return waitFor(
    context,
    read,
    ({ endedAt }) => endedAt !== null,
    withinMs,
    ({ state }) => `the saga is in ${state}`,
  );
}

async function waitFor<T>(
  { pause, now }: Pick<Context, 'pause' | 'now'>,
  read: () => Promise<T>,
  isDone: (current: T) => boolean,
  withinMs: number,
  lastSeen: (current: T) => string,
): Promise<T> {
  const until = now() + withinMs;
  for (;;) {
    const current = await read();
    if (isDone(current)) return current;
    if (now() >= until) {
      throw new CommandFailure(
        EXIT.waitedTooLong,
        `Waited ${Math.round(withinMs / 1000)} s: ${lastSeen(current)}.`,
      );
    }
    await pause(POLL_MS);
  }
}
