/** Resolves the server and the token: flag, then profile, then environment, then the local stack. */
import type { Surroundings } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { type Profile, readProfiles } from './profile-file.ts';
import { tokenOf } from './profile-token.ts';

/** Which of the servers a command talks to. */
export type Server = 'orders' | 'coupons';

/** The default addresses of the local stack, and the names of the variables. */
const SERVERS = {
  orders: { local: 'http://127.0.0.1:29080', variable: 'SAGA_URL' },
  coupons: { local: 'http://127.0.0.1:29081', variable: 'SAGA_COUPONS_URL' },
} as const satisfies Record<Server, { local: string; variable: string }>;
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** The options that name a server and a caller. */
export interface Given {
  readonly url?: string;
  readonly token?: string;
  readonly profile?: string;
}

type Around = Pick<Surroundings, 'environment' | 'local' | 'profileFolder'>;

/**
 * Resolves address and token. A profile's token goes to that profile's server alone.
 * @throws CommandFailure when the address is no URL, when there is no such profile, or when there is no token for an API on
 *   another host
 */
export async function settingsOf(
  given: Given,
  around: Around,
  server: Server = 'orders',
): Promise<{ url: string; token: string }> {
  const { environment, local } = around;
  const profile = profileOf(given, around);
  const { local: usual, variable } = SERVERS[server];
  const profiled = server === 'orders' ? profile?.url : profile?.couponsUrl;
  // Not the local stack's instead: an act would go to another system than the person means.
  if (profile !== undefined && profiled === undefined && given.url === undefined && !environment[variable])
    throw new CommandFailure(EXIT.usage, 'The profile names no coupon API: add it with --coupons-url.');
  const running = async () => (server === 'orders' ? local.url() : (local.couponsUrl?.() ?? null));
  // An empty variable is an unset one.
  const url = given.url ?? profiled ?? (environment[variable] || (await running()) || usual);
  const parsed = checkedUrl(url);
  if (given.token !== undefined) return { url, token: given.token };
  const isProfiled = profiled !== undefined && new URL(profiled).origin === parsed.origin;
  if (isProfiled && profile?.token !== undefined)
    return { url, token: await tokenOf(profile.token, environment) };
  if (environment['SAGA_TOKEN']) return { url, token: environment['SAGA_TOKEN'] };
  if (!LOCAL_HOSTS.includes(parsed.hostname)) {
    throw new CommandFailure(EXIT.auth, `There is no token for ${url}: give --token or set SAGA_TOKEN.`);
  }
  return { url, token: await local.token() };
}

/**
 * A server's address.
 * @throws CommandFailure when it is no URL, or one with a password
 */
export function checkedUrl(url: string): URL {
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
  return parsed;
}

/** The profile that is named, else the one in use; undefined: neither. */
function profileOf(given: Given, { environment, profileFolder }: Around): Profile | undefined {
  const named = given.profile ?? (environment['SAGA_PROFILE'] || undefined);
  if (profileFolder === undefined) {
    if (named !== undefined) throw new CommandFailure(EXIT.usage, 'There is no folder for profiles.');
    return undefined;
  }
  const { current, profiles } = readProfiles(profileFolder);
  const chosen = named ?? current;
  if (chosen === null || chosen === 'none') return undefined;
  const profile = Object.hasOwn(profiles, chosen) ? profiles[chosen] : undefined;
  if (profile === undefined)
    throw new CommandFailure(EXIT.usage, `There is no profile "${chosen}": see saga profile list.`);
  return profile;
}
