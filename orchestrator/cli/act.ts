/** `saga retry|compensate|pause|… ID`: shows the plan, applies it after approval, and waits for the outcome. */
import { printableIn } from '#platform/process/printable.ts';
import { type ActionOptions, paramsOf } from './actions.ts';
import type { Action, Plan, Saga } from './api.ts';
import { type Approval, reasonToAct } from './approval.ts';
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { inWords } from './get.ts';
import { type Format, renderOne } from './output.ts';

const POLL_MS = 200;
/** A running engine handles an action within seconds. */
const OUTCOME_WAIT_MS = 30_000;
export const END_WAIT_S = 60;

export interface ActOptions extends ActionOptions, Approval {
  /** Seconds to wait for the saga's end; true: a minute. */
  readonly wait?: number | true;
  readonly output: Format;
}

/**
 * Acts on one saga.
 * @throws CommandFailure when the action is refused, when the saga has a newer revision, or when the wait times out
 */
export async function act(context: Context, action: string, id: string, options: ActOptions): Promise<void> {
  const { api, out, say, ask } = context;
  const reason = reasonToAct(context, options);
  const path = `/v1/sagas/${encodeURIComponent(id)}`;
  const { revision } = await api.get<Saga>(path);
  const request = { action, reason, ...paramsOf(options) };
  const match = { 'if-match': `"${revision}"` };
  const plan = await api.post<Plan>(`${path}/actions`, { ...request, dryRun: true }, match);
  if (plan.outcome === 'refused') throw new CommandFailure(EXIT.conflict, `Not possible: ${plan.detail}.`);
  if (options.dryRun) return out(renderOne(options.output, plan, planText));
  say(planText(plan));
  if (!options.yes && ask !== null && !/^y(es)?$/i.test((await ask(`Apply ${action}? [y/N] `)).trim())) {
    return say('Nothing was done.');
  }
  const accepted = await api.post<Action>(`${path}/actions`, request, match);
  const done = await outcome(context, accepted.actionId);
  if (done.state === 'refused') throw new CommandFailure(EXIT.conflict, `Refused: ${done.detail}.`);
  say(`Applied: ${done.detail}`);
  if (options.wait === undefined)
    return out(renderOne(options.output, done, ({ actionId }) => `${actionId} applied`));
  const ended = await end(context, path, (options.wait === true ? END_WAIT_S : options.wait) * 1000);
  out(renderOne(options.output, ended, ({ sagaId, status }) => `${sagaId} ${status}`));
}

function planText(given: Plan): string {
  const plan = printableIn(given);
  if (plan.outcome !== 'applies') return `Accepted, but ${plan.detail}.`;
  const sends = plan.sends.map(
    ({ id, topic, again }) => `  ${again ? 'sends again' : 'sends'} ${id} to ${topic}`,
  );
  const ahead =
    plan.afterwards === undefined
      ? []
      : [...plan.afterwards.steps.map((step) => inWords({ ...step, awaited: false })), plan.afterwards.state];
  const holds = (plan.holds ?? []).map((id) => `  holds ${id} until it is resumed`);
  return [
    `It goes to ${plan.state} and`,
    ...sends,
    ...holds,
    `  then, if all goes well: ${ahead.join(' → ')}`,
  ].join('\n');
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
