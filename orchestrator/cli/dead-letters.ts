/** `saga dead-letter list|get|resend`: parked messages. */
import { printable } from '#platform/process/printable.ts';
import { type Approval, reasonToAct } from './approval.ts';
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { ago, type Format, render, renderOne, table } from './output.ts';
import { readPaged } from './paged.ts';

interface Letter {
  readonly partition: number;
  readonly offset: number;
  readonly sagaId: string | null;
  readonly originTopic: string;
  readonly reason: string;
  readonly text: string;
  readonly parkedBy: string;
  readonly parkedAt: string;
  readonly resentAt: string | null;
  readonly value?: string;
}

export interface LettersOptions {
  readonly saga?: string;
  readonly reason?: string;
  readonly waiting?: boolean;
  readonly limit: number;
  readonly output: Format;
}

export interface ResendOptions extends Approval {
  readonly force?: boolean;
  readonly output: Format;
}

export async function listLetters({ api, out, say, now }: Context, options: LettersOptions): Promise<void> {
  const { items, hasMore } = await readPaged<Letter>(
    api,
    '/v1/dead-letters',
    { sagaId: options.saga, reason: options.reason, waiting: options.waiting ? 'true' : undefined },
    options.limit,
  );
  const asTable = (letters: readonly Letter[]) =>
    letters.length === 0
      ? 'no dead letters'
      : table(
          ['LETTER', 'TOPIC', 'REASON', 'BY', 'FOR', 'SAGA', 'SENT AGAIN'],
          letters.map((one) => [
            `${one.partition}/${one.offset}`,
            one.originTopic,
            one.reason,
            one.parkedBy,
            ago(one.parkedAt, now()),
            one.sagaId ?? '',
            one.resentAt === null ? '' : `${ago(one.resentAt, now())} ago`,
          ]),
        );
  out(render(options.output, items, asTable));
  if (hasMore) say('There are more: raise --limit.');
}

export async function getLetter(
  { api, out }: Context,
  id: string,
  options: { output: Format },
): Promise<void> {
  const letter = await api.get<Letter>(pathOf(id));
  const text = ({ originTopic, reason, text: why, value = '' }: Letter) =>
    [`${reason} on ${originTopic}: ${why}`, value].map(printable).join('\n');
  out(renderOne(options.output, letter, text));
}

/** Sends a dead letter again, unchanged. */
export async function resendLetter(context: Context, id: string, options: ResendOptions): Promise<void> {
  const { api, out, say, ask } = context;
  const request = { reason: reasonToAct(context, options), ...(options.force && { force: true }) };
  interface Sent {
    readonly sends: {
      readonly topic: string;
      readonly key: string | null;
      readonly keyBase64?: string;
      readonly bytes: number;
    };
  }
  const asText = ({ sends: { topic, key, keyBase64, bytes } }: Sent) =>
    printable(`${bytes} bytes to ${topic}, key ${keyBase64 === undefined ? key : `${keyBase64} in base64`}`);
  const plan = await api.post<Sent>(`${pathOf(id)}/resend`, { ...request, dryRun: true });
  if (options.dryRun) return out(renderOne(options.output, plan, asText));
  say(`It sends ${asText(plan)}`);
  if (!options.yes && ask !== null && !/^y(es)?$/i.test((await ask('Send it again? [y/N] ')).trim()))
    return say('Nothing was done.');
  out(renderOne(options.output, await api.post<Sent>(`${pathOf(id)}/resend`, request), asText));
}

/** @throws CommandFailure when the id is not of the form 0/17 */
function pathOf(id: string): string {
  if (!/^\d+\/\d+$/.test(id))
    throw new CommandFailure(EXIT.usage, `"${id}" is no dead letter: give it as 0/17.`);
  return `/v1/dead-letters/${id}`;
}
