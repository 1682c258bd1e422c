/**
 * Every act of the command goes through here: it shows the plan first, and applies it with --yes, or after a yes on a terminal.
 * Without both it names the command that applies exactly this plan, and ends with the exit code 3.
 */
import { type Act, PlanChanged } from './api.ts';
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { type Format, renderOne } from './output.ts';

/** The options of every act; its verb gets them from `approved`. */
export interface Approval {
  /** The server, where it was named: the command that applies a plan names it too. */
  readonly url?: string;
  readonly profile?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  /** The hash of the only plan to apply. */
  readonly plan?: string;
  /** Given by a person: the command may repeat one whose answer was lost. */
  readonly idempotencyKey?: string;
  readonly output: Format;
}

/** An act with its plan. */
export interface PlannedAct<Plan> {
  /** Without its reason, and without the plan's hash. */
  readonly act: Act;
  /** Empty where `impossible` says it all. */
  readonly text: (plan: Plan) => string;
  /** Without its `[y/N]`. */
  readonly question: string | ((plan: Plan) => string);
  /** The arguments that choose the same act again; the server, the reason and the plan's hash follow them. */
  readonly command: (plan: Plan) => readonly string[];
  /** Fields of the request that differ from those of the plan: a set that was chosen. */
  readonly frozen?: (plan: Plan) => Readonly<Record<string, unknown>>;
  /** Why the plan cannot be applied; null: it can. */
  readonly impossible?: (plan: Plan) => string | null;
  /** The messages quote the reason, so that without it there is no plan that could be applied. */
  readonly quotesReason?: boolean;
  /** Options that name another server than `--url`. */
  readonly server?: readonly string[];
}

/** Stands in the reason's place of a plan until a person gives one; the API does not store it. */
const NO_REASON = 'a dry run';
/** The command as a person types it. */
const PROGRAM = ['npm', 'run', '-s', 'saga', '--'];

/**
 * Shows the plan of an act, and applies it once it is approved.
 * @returns what the API answered; null: it was only shown, or the person said no
 * @throws CommandFailure `usage` without a reason; `planned` where it was only shown because nobody approved it; PlanChanged
 */
export async function planThenApply<Plan extends object, Done>(
  context: Context,
  options: Approval,
  planned: PlannedAct<Plan>,
): Promise<Done | null> {
  const { api, out, say, ask } = context;
  const { reason, dryRun = false, yes = false, output } = options;
  const { act, text, impossible = () => null } = planned;
  requireReason(context, options, planned.quotesReason);
  const given = { reason: reason ?? NO_REASON };
  const plan = await api.plan<Plan>({ ...act, fields: { ...act.fields, ...given } });
  const isShownOnly = dryRun || (!yes && ask === null);
  const hash = hashOf(plan);
  // Whoever names the plan has read it.
  const isRead = yes && hash !== undefined && options.plan === hash;
  const shown = isShownOnly
    ? renderOne(output, plan, text)
    : isRead
      ? `Plan ${hash} still holds.`
      : text(plan);
  if (shown !== '') (isShownOnly ? out : say)(shown);
  // A repeat is answered by what was done the first time, whatever the plan is by now.
  const isRepeat = options.idempotencyKey !== undefined && options.plan !== undefined;
  if (!isRepeat && options.plan !== undefined && options.plan !== hash) throw new PlanChanged(plan);
  const why = isRepeat ? null : impossible(plan);
  if (why !== null) throw new CommandFailure(EXIT.conflict, why);
  const line = lineOf(options, planned, plan);
  if (dryRun) {
    if (reason !== undefined) say(`This applies the plan: ${line}`);
    return null;
  }
  if (isShownOnly)
    throw new CommandFailure(EXIT.planned, `Nothing was done. This applies the plan: ${line}`, {
      nextSteps: [line],
    });
  if (!yes && !(await isConfirmed(context, planned, plan))) {
    say('Nothing was done.');
    return null;
  }
  const planHash = options.plan ?? hash;
  const fields = {
    ...(planned.frozen?.(plan) ?? act.fields),
    ...given,
    ...(planHash !== undefined && { planHash }),
  };
  const answer = await api.act<Done, Plan>({ ...act, fields });
  if ('done' in answer) return answer.done;
  say(text(answer.changed));
  throw new PlanChanged(answer.changed);
}

/** A plan that could be applied at once needs its reason; a dry run needs none. */
function requireReason(
  { ask }: Pick<Context, 'ask'>,
  { reason, dryRun, yes }: Approval,
  quotesReason = false,
): void {
  if (reason !== undefined || dryRun) return;
  if (quotesReason || yes || ask !== null)
    throw new CommandFailure(EXIT.usage, 'Give --reason; only --dry-run needs none.');
}

async function isConfirmed<Plan>(
  { ask }: Pick<Context, 'ask'>,
  { question }: Pick<PlannedAct<Plan>, 'question'>,
  plan: Plan,
): Promise<boolean> {
  const text = typeof question === 'string' ? question : question(plan);
  return ask !== null && /^y(es)?$/i.test((await ask(`${text} [y/N] `)).trim());
}

/** The command that applies this very plan, for a POSIX shell. */
function lineOf<Plan extends object>(
  { reason, url, profile }: Approval,
  { command, server }: PlannedAct<Plan>,
  plan: Plan,
): string {
  const named = [
    ...(url === undefined ? [] : ['--url', url]),
    ...(profile === undefined ? [] : ['--profile', profile]),
  ];
  const planHash = hashOf(plan);
  const words = [
    ...PROGRAM,
    ...command(plan),
    ...(server ?? named),
    ...['--reason', reason ?? 'WHY'],
    ...(planHash === undefined ? [] : ['--plan', planHash]),
    '--yes',
  ];
  return words.map(quoted).join(' ');
}

/** Every plan that the API answers has one; a set of no sagas is none. */
function hashOf(plan: object): string | undefined {
  return 'planHash' in plan && typeof plan.planHash === 'string' ? plan.planHash : undefined;
}

/** A word as a POSIX shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
