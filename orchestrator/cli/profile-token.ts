/** Gets the token of a profile from where it says: a file, a variable, a command, or an OpenID provider. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  allowInsecureRequests,
  ClientSecretBasic,
  clientCredentialsGrantRequest,
  discoveryRequest,
  processClientCredentialsResponse,
  processDiscoveryResponse,
} from 'oauth4webapi';
import { CommandFailure, EXIT } from './failure.ts';
import type { TokenSource } from './profile-file.ts';

const COMMAND_MS = 30_000;
const REQUEST_MS = 10_000;
const TOKEN_MAX_LENGTH = 4_096;

/**
 * The token. No failure's text holds it, nor what a command wrote.
 * @throws CommandFailure `auth` when there is none
 */
export async function tokenOf(
  source: TokenSource,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  switch (source.from) {
    case 'file':
      return checked(fileText(source.path), `the file ${source.path}`);
    case 'env':
      return checked(environment[source.name] ?? '', `the variable ${source.name}`);
    case 'command':
      return checked(await outputOf(source.command, environment), 'the command of the profile');
    case 'oidc':
      return checked(await grantedBy(source), source.issuer);
  }
}

function checked(text: string, where: string): string {
  const token = text.trim();
  if (token !== '' && token.length <= TOKEN_MAX_LENGTH && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new CommandFailure(EXIT.auth, `There is no token in ${where}.`);
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, 2 * TOKEN_MAX_LENGTH);
  } catch (error) {
    throw new CommandFailure(
      EXIT.auth,
      `The token's file cannot be read: ${(error as NodeJS.ErrnoException).code} ${path}.`,
    );
  }
}

/** Its stderr is the terminal's, for it may have something to say to the person. */
function outputOf(
  command: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: COMMAND_MS, maxBuffer: 64_000, env: { ...environment } };
    execFile('/bin/sh', ['-c', command], options, (error, out) => {
      if (error === null) return resolve(out);
      const how = error.killed ? 'took too long' : `ended with ${error.code ?? error.signal}`;
      reject(new CommandFailure(EXIT.auth, `The profile's token command ${how}.`));
    });
  });
}

/** The token of a client of an OpenID provider (OAuth 2.0, client credentials). */
async function grantedBy(source: Extract<TokenSource, { from: 'oidc' }>): Promise<string> {
  const { clientId, secretFile, scope } = source;
  try {
    const issuer = new URL(source.issuer);
    const options = {
      // Only on this machine: `profile add` refuses other addresses without TLS.
      [allowInsecureRequests]: issuer.protocol === 'http:',
      signal: AbortSignal.timeout(REQUEST_MS),
    };
    const server = await processDiscoveryResponse(issuer, await discoveryRequest(issuer, options));
    const client = { client_id: clientId };
    const secret = ClientSecretBasic(fileText(secretFile).trim());
    const wanted = scope === undefined ? {} : { scope };
    const response = await clientCredentialsGrantRequest(server, client, secret, wanted, options);
    return (await processClientCredentialsResponse(server, client, response)).access_token;
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const { message } = error as Error;
    throw new CommandFailure(EXIT.auth, `${source.issuer} gives no token for ${clientId}: ${message}.`);
  }
}
