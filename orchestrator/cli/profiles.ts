/** `saga profile add|list|use|remove`: servers under names, with where the token of each comes from. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Surroundings } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { type Format, render, renderOne, table } from './output.ts';
import {
  isProfileName,
  type Profile,
  type Profiles,
  readProfiles,
  type TokenSource,
  writeProfiles,
} from './profile-file.ts';
import { checkedUrl } from './settings.ts';
import type { VerbParts } from './verbs/parts.ts';

interface AddOptions {
  /** Of the profile; the verb has no other server. */
  readonly url?: string;
  readonly couponsUrl?: string;
  readonly tokenFile?: string;
  readonly tokenEnv?: string;
  readonly tokenCommand?: string;
  readonly oidcIssuer?: string;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  readonly scope?: string;
  readonly use?: boolean;
  readonly output: Format;
}

interface Listed {
  readonly name: string;
  readonly current: boolean;
  readonly url: string;
  readonly couponsUrl: string | null;
  readonly token: string;
}

type Around = Pick<Surroundings, 'out' | 'profileFolder'>;

/** Adds `profile …` to the program. These verbs change the caller's own file alone: no server is part of it. */
export function addProfileVerbs(saga: Command, { verb, around }: VerbParts): void {
  const profiles = verb(saga, 'profile', 'servers under names');
  verb(profiles, 'add', 'keeps a server under a name, or changes it; the token itself is not kept')
    .argument('<name>', 'such as production')
    .option('--coupons-url <url>', 'its coupon API')
    .option('--token-file <path>', 'the file that holds the token')
    .option('--token-env <name>', 'the variable that holds the token')
    .option('--token-command <command>', 'the shell command that writes the token to its stdout')
    .option('--oidc-issuer <url>', 'the OpenID provider that gives tokens, for client credentials')
    .option('--client-id <id>', 'of the OpenID provider’s client')
    .option('--client-secret-file <path>', 'the file that holds the client’s secret')
    .option('--scope <scopes>', 'what to request of the OpenID provider')
    .option('--use', 'use it from now on')
    .action((name: string, options: AddOptions) => addProfile(around, name, options));
  verb(profiles, 'list', 'the profiles, and which one is used').action((options: { output: Format }) =>
    listProfiles(around, options),
  );
  verb(profiles, 'use', 'uses a profile from now on; `none` goes back to the environment')
    .argument('<name>', 'its name, or none')
    .action((name: string, options: { output: Format }) => useProfile(around, name, options));
  verb(profiles, 'remove', 'removes a profile')
    .argument('<name>', 'its name')
    .action((name: string, options: { output: Format }) => removeProfile(around, name, options));
}

function addProfile(around: Around, name: string, options: AddOptions): void {
  const folder = folderOf(around);
  if (!isProfileName(name) || name === 'none')
    throw new CommandFailure(
      EXIT.usage,
      'A profile’s name is of letters, digits, dots and dashes, and not "none".',
    );
  const { url, couponsUrl, output } = options;
  if (url === undefined) throw new CommandFailure(EXIT.usage, 'Give the server’s address with --url.');
  for (const one of [url, couponsUrl]) if (one !== undefined) checkedUrl(one);
  const token = sourceOf(options);
  const added: Profile = {
    url,
    ...(couponsUrl !== undefined && { couponsUrl }),
    ...(token !== undefined && { token }),
  };
  const { current, profiles } = readProfiles(folder);
  writeProfiles(folder, {
    current: options.use ? name : current,
    profiles: { ...profiles, [name]: added },
  });
  around.out(renderOne(output, listedOf(name, added, options.use ? name : current), () => `${name} is kept`));
}

function listProfiles(around: Around, { output }: { output: Format }): void {
  const { current, profiles } = readProfiles(folderOf(around));
  const items = Object.entries(profiles).map(([name, one]) => listedOf(name, one, current));
  around.out(render(output, items, asTable));
}

function useProfile(around: Around, name: string, { output }: { output: Format }): void {
  const folder = folderOf(around);
  const all = readProfiles(folder);
  if (name !== 'none') found(all, name);
  const current = name === 'none' ? null : name;
  writeProfiles(folder, { ...all, current });
  around.out(
    renderOne(output, { current }, () => (current === null ? 'no profile is used' : `${name} is used`)),
  );
}

function removeProfile(around: Around, name: string, { output }: { output: Format }): void {
  const folder = folderOf(around);
  const all = readProfiles(folder);
  found(all, name);
  const { [name]: _removed, ...profiles } = all.profiles;
  writeProfiles(folder, { current: all.current === name ? null : all.current, profiles });
  around.out(renderOne(output, { removed: name }, () => `${name} is removed`));
}

function sourceOf(options: AddOptions): TokenSource | undefined {
  const { tokenFile, tokenEnv, tokenCommand, oidcIssuer, clientId, clientSecretFile, scope } = options;
  const sources: TokenSource[] = [];
  if (tokenFile !== undefined) sources.push({ from: 'file', path: resolve(tokenFile) });
  if (tokenEnv !== undefined) sources.push({ from: 'env', name: tokenEnv });
  if (tokenCommand !== undefined) sources.push({ from: 'command', command: tokenCommand });
  if (oidcIssuer !== undefined) {
    const { protocol, hostname } = checkedUrl(oidcIssuer);
    if (protocol !== 'https:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname))
      throw new CommandFailure(EXIT.usage, 'An OpenID provider on another host needs https.');
    if (clientId === undefined || clientSecretFile === undefined)
      throw new CommandFailure(EXIT.usage, 'Give --client-id and --client-secret-file with --oidc-issuer.');
    const wanted = scope === undefined ? {} : { scope };
    sources.push({
      from: 'oidc',
      issuer: oidcIssuer,
      clientId,
      secretFile: resolve(clientSecretFile),
      ...wanted,
    });
  }
  if (sources.length > 1)
    throw new CommandFailure(
      EXIT.usage,
      'Give one source of the token: a file, a variable, a command or OpenID.',
    );
  return sources[0];
}

function found({ profiles }: Profiles, name: string): void {
  if (!Object.hasOwn(profiles, name))
    throw new CommandFailure(EXIT.notFound, `There is no profile "${name}"; see saga profile list.`);
}

function folderOf({ profileFolder }: Around): string {
  if (profileFolder === undefined) throw new CommandFailure(EXIT.usage, 'There is no folder for profiles.');
  return profileFolder;
}

function listedOf(name: string, { url, couponsUrl, token }: Profile, current: string | null): Listed {
  return { name, current: name === current, url, couponsUrl: couponsUrl ?? null, token: sourceText(token) };
}

function sourceText(source: TokenSource | undefined): string {
  switch (source?.from) {
    case 'file':
      return `file ${source.path}`;
    case 'env':
      return `variable ${source.name}`;
    // A command may hold a secret.
    case 'command':
      return 'command';
    case 'oidc':
      return `OpenID ${source.issuer}, client ${source.clientId}`;
    default:
      return 'SAGA_TOKEN, or the local stack’s';
  }
}

function asTable(items: readonly Listed[]): string {
  if (items.length === 0) return 'no profiles';
  return table(
    ['', 'PROFILE', 'URL', 'COUPONS', 'TOKEN'],
    items.map(({ name, current, url, couponsUrl, token }) => [
      current ? '*' : '',
      name,
      url,
      couponsUrl ?? '',
      token,
    ]),
  );
}
