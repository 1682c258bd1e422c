/** Sends one dead letter again: planned, guarded, sent by one request at a time, and recorded. */
import { randomUUID } from 'node:crypto';
import { outgoing, whyImpossible, whyNot } from '#orchestrator/dead-letters/outgoing.ts';
import type { LetterPlace, Sender } from '#orchestrator/store/dead-letter-store.ts';
import type { SendableLetter } from '#orchestrator/store/letter-rows.ts';
import { retryForever } from '#platform/batching/retry.ts';
import { refuseOther } from '#platform/http/plan-contract.ts';
import { outcomeUnknown, Problem } from '#platform/http/problem.ts';
import { isDataFault } from '#platform/postgres/database.ts';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import type { ApiParts } from './parts.ts';
import { selfOf, sendPlan } from './views/dead-letter-plan.ts';

/** A sent letter is confirmed by the brokers and recorded within this time, or its outcome is unknown. */
const SENT_WITHIN_MS = 8_000;
/** Nobody else sends the letter meanwhile: longer than a request waits, so that its outcome is known before. */
const CLAIM_MS = 15_000;

/** A request to send a letter again. */
export interface SendRequest {
  readonly force: boolean;
  /** The plan its author saw; undefined: none. */
  readonly planHash: string | undefined;
  readonly sender: Omit<Sender, 'id'>;
}

/**
 * Reads a letter with all that acting on it takes.
 * @throws Problem `not-found`
 */
export async function sendableOr404(
  { letterWork }: Pick<ApiParts, 'letterWork'>,
  at: LetterPlace,
): Promise<SendableLetter> {
  const [letter] = await letterWork.readAll([at]);
  if (letter === undefined)
    throw new Problem('not-found', `There is no dead letter ${at.partition}/${at.offset}`);
  return letter;
}

/**
 * The plan of a request.
 * @throws Problem `conflict` where it cannot be sent, or should not be without `force`; `plan-changed` where its author saw another plan
 */
export async function plannedSend(
  { outbox }: Pick<ApiParts, 'outbox'>,
  letter: SendableLetter,
  { force, planHash }: Pick<SendRequest, 'force' | 'planHash'>,
) {
  const impossible = await whyImpossible(letter.originTopic, (topic) => outbox.mayWrite(topic));
  if (impossible !== null) throw new Problem('conflict', impossible);
  const refused = whyNot(letter);
  if (refused !== null && !force)
    throw new Problem('conflict', `${refused}; set force to send it nevertheless`);
  const plan = sendPlan(letter, force);
  refuseOther(plan, planHash);
  return plan;
}

/** Whether a person did this to a letter under the same key before. @throws Problem `idempotency-mismatch` */
export async function wasDoneBefore(
  { actions }: Pick<ApiParts, 'actions'>,
  wanted: string,
  { partition, offset }: LetterPlace,
  { actor, reason, idempotencyKey }: Omit<Sender, 'id'>,
): Promise<boolean> {
  if (idempotencyKey === null) return false;
  const earlier = await actions.underKey(actor, idempotencyKey);
  if (earlier === null) return false;
  // Not every entry is an action on a saga, as the row's type has it.
  const action: string = earlier.action;
  const { params } = earlier;
  const isSame = action === wanted && params['partition'] === partition && params['offset'] === offset;
  if (isSame && earlier.reason === reason) return true;
  throw new Problem('idempotency-mismatch', 'The Idempotency-Key was used for something else');
}

/**
 * Sends a letter.
 * @returns the plan that was carried out
 * @throws Problem as `plannedSend`; `conflict` while another request sends it; `outcome-unknown` when it is not confirmed in time
 */
export async function sendLetter(parts: ApiParts, at: LetterPlace, request: SendRequest) {
  const { letterWork, outbox, log } = parts;
  const claim = randomUUID();
  const [claimed] = await letterWork.claim([at], claim, CLAIM_MS);
  if (claimed === undefined)
    throw new Problem('conflict', 'It is being sent at this moment: read it again in some seconds');
  const giveUp = () => letterWork.unclaim([at], claim).catch(() => {});
  let sent: Promise<void>;
  let plan: Awaited<ReturnType<typeof plannedSend>>;
  try {
    // Read once it is claimed: what another request did meanwhile counts.
    const letter = await sendableOr404(parts, at);
    plan = await plannedSend(parts, letter, request);
    // Published first: a crash in between may send it twice, and every consumer deduplicates.
    sent = outbox
      .publish([outgoing(letter)])
      .then(() => recordSent(parts, letter, { id: randomUUID(), ...request.sender }));
  } catch (error) {
    await giveUp();
    throw error;
  }
  const released = sent.then(giveUp);
  if (await isDoneWithin(released, SENT_WITHIN_MS, log)) return plan;
  throw outcomeUnknown(
    'It may have been sent, or may yet be: its resentAt at links.self tells. A consumer handles it once, however often it comes',
    { links: { self: selfOf(at) } },
  );
}

/** Records that a letter was sent, for as long as the database takes: it was, and nothing else will ever say so. */
function recordSent({ deadLetters, log, now }: ApiParts, letter: SendableLetter, who: Sender): Promise<void> {
  return retryForever(
    () => deadLetters.noteSent(letter, who, now),
    (error) => !isDataFault(error),
    log,
    'recording a dead letter sent again',
  );
}

/** Whether work that cannot be taken back is confirmed in time; false: it failed halfway, or still goes on. */
async function isDoneWithin(work: Promise<void>, withinMs: number, log: Logger): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, withinMs, false);
  const done = work.then(
    () => true,
    (error: unknown) => {
      log.warn('resend-not-recorded', { error: messageOf(error) });
      return false;
    },
  );
  const isDone = await Promise.race([done, late]);
  clearTimeout(timer);
  return isDone;
}
