/** `POST /v1/orders`: from a valid order to a durable one, or the reason why not. */
import { hash } from 'node:crypto';
import type { OrderInput } from '#orchestrator/sagas/order/input.ts';
import { Problem, tryAgain } from '#platform/http/problem.ts';
import { canonical } from '#platform/http/validate.ts';
import type { Backlog } from './backlog.ts';
import type { Acceptance, Intake } from './intake.ts';

const RETRY_SOON_S = 1;
const RETRY_LATER_S = 5;

/**
 * Places an order.
 * @returns its id, once it is durable
 * @throws Problem saying what is wrong with it, or when to try again
 */
export async function placeOrder(
  intake: Intake,
  backlog: Pick<Backlog, 'tooOld'>,
  order: OrderInput,
  idempotencyKey: string | null,
): Promise<string> {
  const requestHash = hash('sha256', canonical(order));
  if (backlog.tooOld)
    throw tryAgain('overloaded', 'Accepted orders wait too long to be started', RETRY_LATER_S);
  const joined = intake.add({ order, requestHash, idempotencyKey });
  if (joined === null) throw tryAgain('overloaded', 'No more orders can be taken in right now', RETRY_SOON_S);
  return orderIdOf(await joined);
}

function orderIdOf(acceptance: Acceptance): string {
  switch (acceptance.kind) {
    case 'accepted':
      return acceptance.orderId;
    case 'key-reused':
      throw new Problem('idempotency-mismatch', 'This customer used the Idempotency-Key for another order');
    case 'refused':
      throw new Problem('validation', 'The database refuses a value of this order');
    case 'unavailable':
      throw tryAgain('unavailable', 'Orders cannot be accepted right now', RETRY_SOON_S);
  }
}
