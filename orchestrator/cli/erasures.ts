/** `saga erasure request|get`: requests that a customer's personal data be erased, and shows how far it is. */
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { type Format, renderOne } from './output.ts';
import { type Approval, planThenApply } from './plan-first.ts';

interface Erasure {
  readonly erasureId: string;
  readonly subject: string;
  readonly state: 'waiting' | 'done';
  readonly detail?: string;
}

interface ErasurePlan {
  readonly orders: number;
  readonly underWay: number;
  readonly waiting: boolean;
}

const asText = ({ erasureId, subject, state, detail }: Erasure) =>
  `${erasureId}: ${state}${detail === undefined ? '' : `, ${detail}`}; ${subject} stands in the customer's place`;

const planText = ({ orders, underWay, waiting }: ErasurePlan) =>
  [
    `It erases every personal field of ${orders} orders for good`,
    underWay > 0 ? `, once the ${underWay} under way have ended` : '',
    waiting ? '; a request for this customer waits already' : '',
  ].join('');

/** Requests an erasure, after its plan. It cannot be undone. */
export async function requestErasure(context: Context, customerId: string, options: Approval): Promise<void> {
  const done = await planThenApply<ErasurePlan, Erasure>(context, options, {
    act: { path: '/v1/erasures', fields: { customerId } },
    text: planText,
    question: `Erase the customer "${customerId}" for good?`,
    command: () => ['erasure', 'request', customerId],
  });
  if (done !== null) context.out(renderOne(options.output, done, asText));
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
