/** Signs what a participant sends on `saga-replies`, where it is given a key. */
import * as z from 'zod';
import type { Publisher } from '#platform/kafka/publisher.ts';
import type { Logger } from '#platform/process/log.ts';
import { watchFiles } from '#platform/process/watched-files.ts';
import { CONTENT_TYPE, type OutMessage } from '#protocol/envelope.ts';
import { SIGNATURE_HEADER, signatureOf } from '#protocol/reply-signature.ts';
import { SAGA_REPLIES } from '#protocol/topics.ts';

export const replyKeyConfig = z.object({
  REPLY_KEY_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A file with the key that signs what this participant sends on saga-replies; unsigned without it.',
    ),
});

/**
 * A publisher that signs. The key's file is read again when it changes.
 * @throws Error when the file cannot be read or is empty
 */
export function signReplies(publisher: Publisher, keyFile: string | undefined, log: Logger): Publisher {
  if (keyFile === undefined) return publisher;
  const key = watchFiles([keyFile], ([text = '']) => keyIn(text, keyFile), { log });
  const signed = (message: OutMessage): OutMessage =>
    message.topic === SAGA_REPLIES
      ? {
          ...message,
          headers: {
            'content-type': CONTENT_TYPE,
            ...message.headers,
            [SIGNATURE_HEADER]: signatureOf(key.value, message.value),
          },
        }
      : message;
  return {
    publish: (messages, watch) => publisher.publish(messages.map(signed), watch),
    async close() {
      key.close();
      await publisher.close();
    },
  };
}

function keyIn(text: string, file: string): string {
  const key = text.trim();
  if (key === '') throw new Error(`configuration: REPLY_KEY_FILE names ${file}, which is empty`);
  return key;
}
