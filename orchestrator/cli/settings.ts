/** Resolves the API and the token: flag, then environment, then the local stack. */
import type { Surroundings } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';

/** The default address of the local stack's API. */
const LOCAL_URL = 'http://127.0.0.1:29080';
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Resolves address and token.
 * @throws CommandFailure when the address is no URL, or when there is no token for an API on another host
 */
export async function settingsOf(
  given: { url?: string; token?: string },
  { environment, local }: Pick<Surroundings, 'environment' | 'local'>,
): Promise<{ url: string; token: string }> {
  const url = given.url ?? environment.SAGA_URL ?? (await local.url()) ?? LOCAL_URL;
  if (!URL.canParse(url)) throw new CommandFailure(EXIT.usage, `"${url}" is no URL.`);
  const token = given.token ?? environment.SAGA_TOKEN;
  if (token !== undefined) return { url, token };
  if (!LOCAL_HOSTS.includes(new URL(url).hostname)) {
    throw new CommandFailure(EXIT.auth, `There is no token for ${url}: give --token or set SAGA_TOKEN.`);
  }
  return { url, token: await local.token() };
}
