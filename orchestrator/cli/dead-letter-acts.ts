/** `saga dead-letter send|edit|discard`: shows the plan, and carries out that very plan once it is approved. */
import { readFileSync } from 'node:fs';
import { printable } from '#platform/process/printable.ts';
import { type Batch, batchText } from './batches.ts';
import type { Context } from './context.ts';
import {
  bodyText,
  type Choice,
  type Difference,
  differenceText,
  filterOf,
  pathOf,
  type Readable,
} from './dead-letters.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { renderOne, table } from './output.ts';
import { type Approval, planThenApply } from './plan-first.ts';

export interface LetterActOptions extends Approval, Choice {
  readonly force?: boolean;
  readonly all?: boolean;
  readonly perSecond?: number;
  /** With --plan of a filter: the highest offset of its set. */
  readonly upTo?: number;
}

export interface EditOptions extends LetterActOptions {
  readonly value?: string;
  readonly file?: string;
  readonly changesIdentity?: boolean;
}

interface Message {
  readonly topic: string;
  readonly partition: number | null;
  readonly key: string | null;
  readonly keyBase64?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  readonly bytes: number;
}

interface LetterPlan {
  readonly planHash: string;
  readonly message?: Message;
  readonly isEdited?: boolean;
  readonly differences?: readonly Difference[];
  readonly changesIdentity?: readonly string[];
}

interface BatchPlan {
  readonly action: string;
  readonly letters: number;
  readonly bytes: number;
  readonly isComplete: boolean;
  readonly upTo: number;
  readonly topics: ReadonlyArray<{
    readonly topic: string;
    readonly letters: number;
    readonly impossible: string | null;
  }>;
  readonly first: ReadonlyArray<{
    readonly target: string;
    readonly topic: string;
    readonly partition: number | null;
    readonly key: string | null;
    readonly bytes: number;
    readonly isEdited: boolean;
  }>;
  readonly perSecond: number;
  readonly planHash: string;
}

/** Sends or discards one letter, named letters, or all that a filter chooses. */
export async function actOnLetters(
  context: Context,
  action: 'send' | 'discard',
  ids: readonly string[],
  options: LetterActOptions,
): Promise<void> {
  for (const id of ids) pathOf(id);
  const chosen = filterOf(options, context.now());
  const isChosen = Object.keys(chosen).length > 0 || options.all === true;
  if (ids.length > 0 === isChosen)
    throw new CommandFailure(EXIT.usage, 'Give letters such as 0/17, or a filter such as --group, or --all.');
  const [only] = ids;
  if (ids.length === 1 && only !== undefined) return actOnOne(context, action, only, options);
  return actOnMany(context, action, ids, chosen, options);
}

/** Keeps a corrected body beside the original one. */
export async function editLetter(context: Context, id: string, options: EditOptions): Promise<void> {
  const { value, file, changesIdentity } = options;
  if ((value === undefined) === (file === undefined))
    throw new CommandFailure(EXIT.usage, 'Give the corrected body with --value, or its file with --file.');
  const body = { value: value ?? contentOf(file ?? ''), ...(changesIdentity && { changesIdentity }) };
  const given = file === undefined ? ['--value', value ?? ''] : ['--file', file];
  const flags = changesIdentity ? ['--changes-identity'] : [];
  await actOnLetter(context, `${pathOf(id)}/edit`, body, options, {
    question: `Keep this body for ${id}?`,
    command: ['dead-letter', 'edit', id, ...given, ...flags],
  });
}

async function actOnOne(
  context: Context,
  action: 'send' | 'discard',
  id: string,
  options: LetterActOptions,
): Promise<void> {
  const flags = options.force ? ['--force'] : [];
  const path = `${pathOf(id)}/${action === 'send' ? 'resend' : 'discard'}`;
  await actOnLetter(context, path, options.force ? { force: true } : {}, options, {
    question: action === 'send' ? 'Send it again?' : `Discard ${id}?`,
    command: ['dead-letter', action, id, ...flags],
  });
}

async function actOnLetter(
  context: Context,
  path: string,
  fields: Readonly<Record<string, unknown>>,
  options: LetterActOptions,
  { question, command }: { question: string; command: readonly string[] },
): Promise<void> {
  const done = await planThenApply<LetterPlan, LetterPlan>(context, options, {
    act: { path, fields },
    text: planText,
    question,
    command: () => command,
  });
  const text = () => printable(`${command.slice(1, 3).join(' ')}: done`);
  if (done !== null) context.out(renderOne(options.output, done, text));
}

async function actOnMany(
  context: Context,
  action: 'send' | 'discard',
  letters: readonly string[],
  chosen: object,
  options: LetterActOptions,
): Promise<void> {
  const { force, perSecond, upTo } = options;
  const request = {
    action,
    ...(perSecond !== undefined && { perSecond }),
    ...(force && { force: true }),
  };
  const filter = { ...chosen, ...(upTo !== undefined && { upTo }) };
  const isNamed = letters.length > 0;
  const flags = [
    ...(force ? ['--force'] : []),
    ...(perSecond === undefined ? [] : ['--per-second', String(perSecond)]),
  ];
  const made = await planThenApply<BatchPlan, Batch>(context, options, {
    act: {
      path: '/v1/dead-letters/batches',
      fields: { ...request, ...(isNamed ? { letters } : { filter }) },
    },
    text: batchPlanText,
    impossible: (plan) => (plan.letters > 0 ? null : 'Nothing was done: no dead letter matches.'),
    question: (plan) => `${action} ${plan.letters} dead letters?`,
    command: (plan) => [
      ...['dead-letter', action],
      ...(isNamed ? letters : [...argumentsOf(options), '--up-to', String(plan.upTo)]),
      ...flags,
    ],
    frozen: (plan) => ({
      ...request,
      ...(isNamed ? { letters } : { filter: { ...filter, upTo: plan.upTo } }),
    }),
  });
  if (made !== null) context.out(renderOne(options.output, made, batchText));
}

/** The options that choose the same letters again. */
function argumentsOf({ saga, topic, group, state, olderThan, code, all }: LetterActOptions): string[] {
  const named = { saga, topic, group, state, code, 'older-than': olderThan };
  const given = Object.entries(named).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  return all ? [...given, '--all'] : given;
}

function planText(plan: LetterPlan): string {
  const { message, isEdited, differences = [], changesIdentity = [], planHash } = plan;
  const key = message?.keyBase64 === undefined ? message?.key : `${message.keyBase64} in base64`;
  const lines =
    message === undefined
      ? ['It sends nothing, and keeps the bytes.']
      : [
          `It sends ${message.bytes} bytes${isEdited ? ', corrected,' : ''} to ${message.topic}, partition ${message.partition}, key ${key}`,
          ...Object.entries(message.headers).map(([name, value]) => `  ${name}: ${value}`),
        ];
  const body = message === undefined ? [] : [bodyText(message.body)];
  return [
    ...lines.map(printable),
    ...body,
    ...differences.map(differenceText),
    ...changesIdentity.map((means) => printable(`! ${means}`)),
    `plan ${planHash}`,
  ].join('\n');
}

/** Empty where no letter matches. */
function batchPlanText(plan: BatchPlan): string {
  if (plan.letters === 0) return '';
  const topics = plan.topics.map(({ topic, letters, impossible }) =>
    printable(`  ${letters} to ${topic}${impossible === null ? '' : `, refused: ${impossible}`}`),
  );
  const lines = plan.first.map(({ target, topic, partition, key, bytes, isEdited }) => [
    target,
    topic,
    String(partition ?? ''),
    key ?? '',
    String(bytes),
    isEdited ? 'corrected' : '',
  ]);
  return [
    `It will ${plan.action} ${plan.letters} dead letters (${plan.bytes} bytes), at most ${plan.perSecond} a second:`,
    ...topics,
    ...(lines.length > 0 ? [table(['LETTER', 'TOPIC', 'PARTITION', 'KEY', 'BYTES', ''], lines)] : []),
    ...(plan.letters > plan.first.length ? [`  and ${plan.letters - plan.first.length} more`] : []),
    ...(plan.isComplete ? [] : ['More letters match than a batch takes: run it again afterwards.']),
    `plan ${plan.planHash}`,
  ].join('\n');
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(
      EXIT.usage,
      `${file} cannot be read: ${error instanceof Error ? error.message : ''}`,
    );
  }
}
