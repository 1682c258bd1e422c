/** `POST /v1/dead-letters/batches`: sends or discards many dead letters, planned first; then it is a batch like any other. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { DISCARD_LETTERS } from '#orchestrator/dead-letters/discard-batch.ts';
import { targetOf } from '#orchestrator/dead-letters/letter-target.ts';
import { partitionFor, whyImpossible } from '#orchestrator/dead-letters/outgoing.ts';
import { SEND_LETTERS } from '#orchestrator/dead-letters/send-batch.ts';
import type { ChosenLetter } from '#orchestrator/store/letter-work.ts';
import { confirmed } from '#platform/http/failure.ts';
import { planHashText, refuseOther } from '#platform/http/plan-contract.ts';
import { Problem } from '#platform/http/problem.ts';
import { OPERATORS, type Routes, resource } from '#platform/http/resource.ts';
import { idempotencyKey } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import type { ApiParts } from '../parts.ts';
import { batchAnswer, batchView } from '../views/batch.ts';
import { batchPlanView, letterBatchPlan } from '../views/dead-letter-batch.ts';
import { chosenFields, filterOf } from './dead-letters.ts';

/** The most letters of a batch; more matching ones are for the next one. */
const LETTERS_MAX = 10_000;
/** The most letters that are named one by one: the list must fit into a request's body. */
const NAMED_MAX = 2_000;
const PER_SECOND_MAX = 500;

const batchRequest = z
  .strictObject({
    action: z.enum(['send', 'discard']),
    filter: z
      .strictObject({
        ...chosenFields,
        upTo: z
          .int()
          .min(-1)
          .optional()
          .describe('As the plan says, so that the set stays the one it showed.'),
      })
      .optional()
      .describe('Which letters; open ones unless it names a state.'),
    letters: z
      .array(z.string().regex(/^\d{1,5}\/\d{1,16}$/, 'must be a partition and an offset, 0/17'))
      .min(1)
      .max(NAMED_MAX)
      .optional()
      .describe('Or these.'),
    perSecond: z
      .int()
      .min(1)
      .max(PER_SECOND_MAX)
      .default(20)
      .describe('The most that are acted on in a second.'),
    force: z
      .boolean()
      .default(false)
      .describe('Send those too that were sent again before, were discarded, or were parked too often.'),
    reason: z.string().min(1).max(1000).describe('For the audit.'),
    dryRun: z.boolean().default(false).describe('Answer the plan, and do nothing.'),
    planHash: planHashText.optional(),
  })
  .refine(
    ({ filter, letters }) => (filter === undefined) !== (letters === undefined),
    'give either filter or letters',
  )
  .meta({ id: 'DeadLetterBatchRequest' });
type BatchRequest = z.output<typeof batchRequest>;
const headers = z.object({ 'Idempotency-Key': idempotencyKey });

/** Registers the route. */
export function deadLetterBatchRoutes(routes: Routes, parts: ApiParts): void {
  const { batches, now } = parts;
  resource(routes, '/v1/dead-letters/batches', {
    POST: {
      id: 'actOnDeadLetters',
      summary: 'Sends or discards many dead letters, at a bounded rate.',
      description:
        'The set is fixed when the batch is created. A letter is sent once, whatever batches and people name it: the guard of a single letter holds for each. The batch’s address shows every outcome.',
      roles: OPERATORS,
      reads: { headers, body: batchRequest },
      answers: { 200: { body: letterBatchPlan }, 202: { body: batchAnswer, headers: ['location'] } },
      problems: ['conflict', 'plan-changed', 'idempotency-mismatch'],
      async handle({ headers: sent, body, principal: { subject: actor, role } }) {
        const { action, reason, dryRun, perSecond, force } = body;
        canonical(reason);
        const kind = action === 'send' ? SEND_LETTERS : DISCARD_LETTERS;
        const key = sent['Idempotency-Key'] ?? null;
        const earlier = dryRun || key === null ? null : await parts.actions.underKey(actor, key);
        // A repeat is answered by its batch: its letters are no longer those that its filter chooses.
        const { plan, letters } = earlier === null ? await planned(parts, body) : { plan: null, letters: [] };
        if (dryRun && plan !== null) return { status: 200, body: plan };
        if (plan !== null) {
          refuseOther(plan, body.planHash);
          refuseUseless(plan);
        }
        const id = randomUUID();
        const draft = { id, kind, params: { force }, planHash: plan?.planHash ?? '', perSecond };
        const made = await confirmed(
          batches.create({ ...draft, actor, role, reason, idempotencyKey: key }, letters.map(targetOf), now),
          `/v1/batches/${id}`,
        );
        if (made === 'mismatch')
          throw new Problem('idempotency-mismatch', 'The Idempotency-Key was used for something else');
        const view = batchView(made, await batches.progress(made.id));
        return { status: 202, body: view, headers: { location: view.links.self } };
      },
    },
  });
}

/** The set of a request, with its plan. */
async function planned({ letterWork, outbox }: ApiParts, request: BatchRequest) {
  const { action, filter, letters: named, perSecond, force } = request;
  const upTo = filter?.upTo ?? (await letterWork.lastOffset());
  const found: ChosenLetter[] =
    named === undefined
      ? await letterWork.choose(filterOf({ state: 'open', ...filter }, upTo), LETTERS_MAX + 1)
      : await letterWork.chooseThese([...new Set(named)].map(toPlace));
  const letters = found.slice(0, LETTERS_MAX);
  const impossible = new Map<string, string | null>();
  if (action === 'send')
    for (const topic of new Set(letters.map(({ originTopic }) => originTopic)))
      impossible.set(topic, await whyImpossible(topic, (name) => outbox.mayWrite(name)));
  const plan = batchPlanView(letters, {
    action,
    force,
    perSecond,
    upTo,
    isComplete: letters.length === found.length,
    impossible,
    partitionOf: ({ originTopic: topic, key, keyBytes }) =>
      partitionFor({ topic, key: key ?? '', ...(keyBytes !== undefined && { keyBytes }), value: '' }),
  });
  return { plan, letters };
}

/** @throws Problem `conflict` where nothing would be done */
function refuseUseless({
  letters,
  topics,
}: {
  letters: number;
  topics: ReadonlyArray<{ impossible: string | null }>;
}): void {
  if (letters === 0) throw new Problem('conflict', 'No dead letter matches');
  const [first] = topics;
  if (first?.impossible != null && topics.every(({ impossible }) => impossible !== null))
    throw new Problem('conflict', first.impossible);
}

function toPlace(text: string) {
  const [partition, offset] = text.split('/').map(Number);
  return { partition: partition ?? 0, offset: offset ?? 0 };
}
