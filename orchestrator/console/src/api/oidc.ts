/** Signs in at an OpenID Connect issuer by code with PKCE; what is between the two pages is in this tab's session storage. */
import * as oauth from 'oauth4webapi';
import { PENDING_KEY as KEY } from './oidc-return.ts';
import { signIn } from './session.ts';

export interface Issuer {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
}

interface Pending extends Issuer {
  readonly verifier: string;
  readonly state: string;
  readonly returnTo: string;
}

const redirectUri = () => `${location.origin}/console/`;

async function serverOf({ issuer }: Issuer): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer);
  const options = { [oauth.allowInsecureRequests]: url.protocol === 'http:' };
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, options));
}

/** Leaves for the issuer's page. */
export async function leaveFor(issuer: Issuer): Promise<void> {
  const server = await serverOf(issuer);
  const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
  const pending: Pending = { ...issuer, verifier, state, returnTo: location.pathname + location.search };
  sessionStorage.setItem(KEY, JSON.stringify(pending));
  const address = new URL(String(server.authorization_endpoint));
  const parameters = {
    client_id: issuer.clientId,
    redirect_uri: redirectUri(),
    response_type: 'code',
    scope: issuer.scope,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  location.assign(address);
}

/**
 * Changes the code in the address for a token, and goes back to where the person was.
 * @throws Error when the issuer refused, or the answer is not the one that was requested
 */
export async function comeBack(): Promise<void> {
  const pending = JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Pending;
  sessionStorage.removeItem(KEY);
  const answered = new URL(location.href);
  history.replaceState(null, '', pending.returnTo);
  const server = await serverOf(pending);
  const client: oauth.Client = { client_id: pending.clientId };
  const parameters = oauth.validateAuthResponse(server, client, answered, pending.state);
  const options = { [oauth.allowInsecureRequests]: new URL(pending.issuer).protocol === 'http:' };
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    redirectUri(),
    pending.verifier,
    options,
  );
  const { access_token } = await oauth.processAuthorizationCodeResponse(server, client, response);
  signIn(access_token);
}
