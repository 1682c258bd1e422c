/** `saga erasure request|get`: requests that a customer's personal data be erased, and shows how far it is. */
import { type Approval, reasonToAct } from './approval.ts';
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { type Format, renderOne } from './output.ts';

interface Erasure {
  readonly erasureId: string;
  readonly subject: string;
  readonly state: 'waiting' | 'done';
  readonly detail?: string;
}

export interface ErasureOptions extends Omit<Approval, 'dryRun'> {
  readonly output: Format;
}

const asText = ({ erasureId, subject, state, detail }: Erasure) =>
  `${erasureId}: ${state}${detail === undefined ? '' : `, ${detail}`}; ${subject} stands in the customer's place`;

/** Requests an erasure, after a question. It cannot be undone. */
export async function requestErasure(
  context: Context,
  customerId: string,
  options: ErasureOptions,
): Promise<void> {
  const { api, out, say, ask } = context;
  const reason = reasonToAct(context, options);
  if (!options.yes && ask !== null) {
    const question = `Erase the customer "${customerId}" for good? [y/N] `;
    if (!/^y(es)?$/i.test((await ask(question)).trim())) return say('Nothing was done.');
  }
  out(renderOne(options.output, await api.post<Erasure>('/v1/erasures', { customerId, reason }), asText));
}

/** Shows an erasure. @throws CommandFailure when the id is none */
export async function getErasure(
  { api, out }: Context,
  id: string,
  options: { output: Format },
): Promise<void> {
  if (!/^[0-9a-f-]{36}$/i.test(id)) throw new CommandFailure(EXIT.usage, `"${id}" is no id of an erasure.`);
  out(renderOne(options.output, await api.get<Erasure>(`/v1/erasures/${id}`), asText));
}
