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
  // An empty variable is an unset one.
  const url = given.url ?? (environment.SAGA_URL || (await local.url()) || LOCAL_URL);
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new CommandFailure(EXIT.usage, `"${url}" is no URL of the form http://host:port.`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new CommandFailure(
      EXIT.usage,
      'The URL holds a password: give a token with --token or SAGA_TOKEN instead.',
    );
  }
  const token = given.token ?? (environment.SAGA_TOKEN || undefined);
  if (token !== undefined) return { url, token };
  if (!LOCAL_HOSTS.includes(parsed.hostname)) {
    throw new CommandFailure(EXIT.auth, `There is no token for ${url}: give --token or set SAGA_TOKEN.`);
  }
  return { url, token: await local.token() };
}
