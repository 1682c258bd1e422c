/** Who runs a command, for the audit. */
import { userInfo } from 'node:os';

/**
 * The user's name; `uid-1234` where the system has none for the user, as in a container under an arbitrary user id.
 * @param read throws where the system has no entry
 */
export function userName(read: () => { readonly username: string } = userInfo): string {
  try {
    return read().username;
  } catch {
    return `uid-${process.getuid?.() ?? 0}`;
  }
}
