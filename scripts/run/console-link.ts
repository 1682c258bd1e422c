/** The link that opens the console signed in, on a local stack. */
import { roleHolder, tokenFor } from './stack/token.ts';

/** @param api the API's address. The token is in the fragment, which browsers send to no server. */
export async function consoleLink(api: string, stack: string, role = 'operator'): Promise<string> {
  return `${api}/console/#token=${await tokenFor(roleHolder(role), stack)}`;
}
