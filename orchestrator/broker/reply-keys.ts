/** The keys under which participants sign what they send on `saga-replies`, from a file that is read again when it changes. */
import type { Logger } from '#platform/process/log.ts';
import { type WatchedFiles, watchFiles } from '#platform/process/watched-files.ts';
import type { ReplyKeys } from '#protocol/reply-signature.ts';

/**
 * Opens the file: a line for each key, the participant's name in front of it.
 * @param participants who must have a key
 * @throws Error when it cannot be read, or lacks a participant's key
 */
export function openReplyKeys(
  file: string,
  participants: readonly string[],
  log: Pick<Logger, 'throttled' | 'info'>,
): WatchedFiles<ReplyKeys> {
  return watchFiles([file], ([text = '']) => keysIn(text, file, participants), { log });
}

function keysIn(text: string, file: string, participants: readonly string[]): ReplyKeys {
  const lines = text.split('\n').flatMap((line) => {
    const [name = '', key] = line.trim().split(/\s+/);
    return key === undefined ? [] : [{ name, key }];
  });
  const keys = new Map(
    [...Map.groupBy(lines, ({ name }) => name)].map(([name, some]) => [name, some.map(({ key }) => key)]),
  );
  const without = participants.filter((name) => !keys.has(name));
  if (without.length > 0)
    throw new Error(
      `configuration: REPLY_KEYS_FILE names ${file}, which has no line with a key of ${without.join(', ')}`,
    );
  return keys;
}
