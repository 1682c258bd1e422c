/** Finds the saga of a dead letter: by its key, else by what its body says. */
import { MAX_MESSAGE_BYTES } from '#protocol/codec.ts';
import { isUuid } from '#protocol/ids.ts';

/** The saga that a record names; null: none. Anybody may have written it, so the saga need not exist. */
export function sagaIdOf(key: string | null, value: Buffer | null): string | null {
  if (key !== null && isUuid(key)) return key;
  if (value === null || value.length > MAX_MESSAGE_BYTES) return null;
  try {
    const { subject, commandid, data } = JSON.parse(value.toString()) as {
      readonly subject?: unknown;
      readonly commandid?: unknown;
      readonly data?: { readonly orderId?: unknown } | null;
    };
    const named = [subject, String(commandid).split('/')[0], data?.orderId];
    return named.find((one): one is string => typeof one === 'string' && isUuid(one)) ?? null;
  } catch {
    return null;
  }
}
