/** Starts a saga: from a valid input to a stored saga, or to the problem to answer. */
import { hash } from 'node:crypto';
import type { BrakesInForce } from '#orchestrator/store/brakes-in-force.ts';
import { type MaybeCreated, outcomeUnknown, Problem, tryAgain } from '#platform/http/problem.ts';
import { canonical } from '#platform/http/validate.ts';
import type { Acceptance } from './accept.ts';
import type { Backlog } from './backlog.ts';
import type { Intake, StartRequest } from './intake.ts';

const RETRY_SOON_S = 1;
const RETRY_LATER_S = 5;
const RETRY_STOPPED_S = 30;

export interface StartParts {
  readonly intake: Intake;
  readonly backlog: Pick<Backlog, 'tooOld'>;
  readonly inForce: Pick<BrakesInForce, 'stopsIntake'>;
}

/**
 * Starts a saga.
 * @param about what the problem of an unknown outcome says of a saga's id
 * @returns its id, once the saga is durable
 * @throws Problem `overloaded` or `unavailable` with Retry-After: it was not started, and never will be by this request;
 *   `outcome-unknown` with its address; `idempotency-mismatch` or `validation`
 */
export async function startSaga(
  { intake, backlog, inForce }: StartParts,
  request: Omit<StartRequest, 'requestHash'>,
  about: (sagaId: string) => MaybeCreated,
): Promise<string> {
  const requestHash = hash('sha256', canonical(request.input));
  if (inForce.stopsIntake)
    throw tryAgain('unavailable', 'An operator has stopped the intake of new sagas', RETRY_STOPPED_S);
  if (backlog.tooOld)
    throw tryAgain('overloaded', 'Accepted sagas wait too long for an engine', RETRY_LATER_S);
  const joined = intake.add({ ...request, requestHash });
  if (joined === null) throw tryAgain('overloaded', 'The queue for new sagas is full', RETRY_SOON_S);
  const acceptance = await joined;
  if (acceptance.kind === 'unknown') {
    throw outcomeUnknown(adviceOf(request.idempotencyKey !== null), about(acceptance.sagaId));
  }
  return sagaIdOf(acceptance);
}

function adviceOf(hasKey: boolean): string {
  return hasKey
    ? 'The database has not confirmed it. Repeat the request under its Idempotency-Key until it is answered'
    : 'The database has not confirmed it. Do not repeat the request without an Idempotency-Key: read links.self. A 404 a minute from now means that it was not accepted';
}

function sagaIdOf(acceptance: Exclude<Acceptance, { kind: 'unknown' }>): string {
  switch (acceptance.kind) {
    case 'accepted':
      return acceptance.sagaId;
    case 'key-reused':
      throw new Problem('idempotency-mismatch', 'This customer used the Idempotency-Key for another request');
    case 'refused':
      throw new Problem('validation', 'The database refuses a value of the request');
    case 'unavailable':
      throw tryAgain('unavailable', 'New sagas cannot be accepted right now', RETRY_SOON_S);
  }
}
