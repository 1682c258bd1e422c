/** `saga brake list|get|set|release`: stops intake, or holds one command of all sagas, and lets go at a rate. */
import type { Context } from './context.ts';
import { type Format, instant, render, renderOne, table } from './output.ts';
import { readPaged } from './paged.ts';
import { type Approval, planThenApply } from './plan-first.ts';

interface Weighed {
  readonly isPartial?: boolean;
  readonly sagas: number;
  readonly money: ReadonlyArray<{ readonly currency: string; readonly amount: number }>;
}

interface Brake {
  readonly brakeId: string;
  readonly holds: string;
  readonly state: string;
  readonly reason: string;
  readonly setBy: string;
  readonly setAt: string;
  readonly perSecond: number | null;
  readonly resumed: number;
  readonly held?: Weighed;
}

interface BrakePlan {
  readonly holds: string;
  readonly inForce: boolean;
  readonly ahead: Weighed | null;
  readonly countsWithinMs: number;
}

interface ReleasePlan {
  readonly brakeId: string;
  readonly perSecond: number;
  readonly held: Weighed;
  readonly newPerSecond: number;
  readonly takesSeconds: number | null;
}

export interface ReleaseOptions extends Approval {
  readonly rps: number;
}

/** Lists brakes, newest first. */
export async function listBrakes(
  { api, out, say }: Context,
  { limit, output }: { limit: number; output: Format },
): Promise<void> {
  const { items, hasMore } = await readPaged<Brake>(api, '/v1/brakes', {}, limit);
  out(render(output, items, asTable));
  if (hasMore) say('There are more: raise --limit.');
}

/** Shows a brake, and what it holds at the moment. */
export async function getBrake(
  { api, out }: Context,
  id: string,
  { output }: { output: Format },
): Promise<void> {
  const brake = await api.get<Brake>(pathOf(id));
  out(renderOne(output, brake, (one) => `${asTable([one])}\nholds ${weighedText(one.held)}`));
}

/** Sets a brake, after its plan. @throws CommandFailure when that is held already */
export async function setBrake(context: Context, holds: string, options: Approval): Promise<void> {
  const brake = await planThenApply<BrakePlan, Brake>(context, options, {
    act: { path: '/v1/brakes', fields: { holds } },
    text: planText,
    question: `Hold ${holds}?`,
    command: () => ['brake', 'set', holds],
  });
  if (brake !== null)
    context.out(renderOne(options.output, brake, ({ brakeId }) => `${brakeId} holds ${holds}`));
}

/** Releases a brake at a rate, after its plan. @throws CommandFailure when it was released before */
export async function releaseBrake(context: Context, id: string, options: ReleaseOptions): Promise<void> {
  const { rps, output } = options;
  const brake = await planThenApply<ReleasePlan, Brake>(context, options, {
    act: { path: `${pathOf(id)}/release`, fields: { perSecond: rps } },
    text: releaseText,
    question: 'Release it?',
    command: () => ['brake', 'release', id, '--rps', String(rps)],
  });
  if (brake !== null)
    context.out(renderOne(output, brake, ({ holds }) => `${holds} is released at ${rps} a second`));
}

function planText({ holds, inForce, ahead, countsWithinMs }: BrakePlan): string {
  const what =
    ahead === null
      ? 'New sagas are answered 503; those that were accepted go on.'
      : `${holds} is held of every saga that comes to it: ${weighedText(ahead)} have yet to.`;
  const already = inForce ? [`${holds} is held already.`] : [];
  return [what, `It counts within ${countsWithinMs / 1000} s.`, ...already].join('\n');
}

function releaseText({ held, perSecond, newPerSecond, takesSeconds }: ReleasePlan): string {
  const news = `${newPerSecond.toFixed(1)} began a second in the last minute`;
  const takes =
    takesSeconds === null
      ? `Since ${news}, it never ends at this rate.`
      : `It opens after some ${takesSeconds} s, if as many come as now (${news}).`;
  return `It resumes ${weighedText(held)}, ${perSecond} a second with the newcomers behind them, the oldest first.\n${takes}`;
}

/** An API of an earlier build does not say whether it counted all of them. */
function weighedText(
  { sagas, money: amounts, isPartial = false }: Weighed = { sagas: 0, money: [] },
): string {
  const money = amounts.map(({ currency, amount }) => `${amount} ${currency}`).join(', ');
  return `${isPartial ? 'at least ' : ''}${sagas} sagas${money === '' ? '' : ` with ${money} in minor units`}`;
}

function asTable(items: readonly Brake[]): string {
  if (items.length === 0) return 'no brakes';
  return table(
    ['BRAKE', 'HOLDS', 'STATE', 'SET', 'BY', 'A SECOND', 'RESUMED', 'REASON'],
    items.map(({ brakeId, holds, state, setAt, setBy, perSecond, resumed, reason }) => [
      ...[brakeId, holds, state, instant(setAt), setBy],
      ...[perSecond === null ? '' : String(perSecond), String(resumed), reason],
    ]),
  );
}

const pathOf = (id: string) => `/v1/brakes/${encodeURIComponent(id)}`;
