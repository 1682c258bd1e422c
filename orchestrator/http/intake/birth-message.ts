/** What was accepted, as a record: a rewind makes the rows of a saga from it, after a restore to a time before they were written. */
import * as z from 'zod';
import { controlEnvelope } from '#engine/control.ts';
import type { Accepted } from '#orchestrator/store/accepted-store.ts';
import { encode } from '#protocol/codec.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { SAGA_INPUTS } from '#protocol/topics.ts';

/** The record's type. */
export const ACCEPTED = 'saga.accepted';

/** The columns that intake chose; the others follow from the definition. */
export const acceptedData = z.object({
  definition: z.string(),
  definitionVersion: z.number().int(),
  partition: z.number().int(),
  input: z.unknown(),
  idempotencyKey: z.string().nullable(),
  requestHash: z.string(),
  traceparent: z.string().exactOptional(),
});

/** The message of a new saga; its time is that of the acceptance. */
export function birthMessage(birth: Accepted): OutMessage {
  const { id, definition, definitionVersion, partition, input, idempotencyKey, requestHash, traceparent } =
    birth;
  const data: z.infer<typeof acceptedData> = {
    ...{ definition, definitionVersion, partition, input, idempotencyKey, requestHash },
    ...(traceparent !== undefined && { traceparent }),
  };
  const envelope = controlEnvelope(id, `${id}/accepted`, ACCEPTED, data, birth.createdAt.getTime());
  return { topic: SAGA_INPUTS, key: id, value: encode(envelope) };
}
