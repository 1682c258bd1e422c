/** For tests: an OpenID Connect provider that is not ours (`oidc-provider`), on a port of its own, which can rotate its keys and go away. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Provider, { type AsymmetricSigningAlgorithm } from 'oidc-provider';

export const AUDIENCE = 'https://orders.example';
const SECRET = 'of-a-client-in-tests-only';
const TOKEN_TTL_S = 600;

export interface TokenOptions {
  readonly algorithm?: AsymmetricSigningAlgorithm;
  readonly audience?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly ttlS?: number;
}

export interface TestProvider {
  readonly issuer: string;
  /**
   * An access token that the provider issues to a client (grant `client_credentials`).
   * @param claims beside the provider's own
   */
  token(options?: TokenOptions): Promise<string>;
  /** The private key with which it signs. */
  key(algorithm: AsymmetricSigningAlgorithm): JWK;
  /** Adds fresh keys, which it signs with from now on; `keepOld: false` withdraws the ones before. */
  rotate(options?: { readonly keepOld?: boolean }): Promise<void>;
  /** How often its keys were read. */
  readonly reads: () => number;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A key of each algorithm. */
export async function freshKeys(): Promise<JWK[]> {
  return Promise.all(
    ['RS256', 'ES256', 'EdDSA'].map(async (alg) => {
      const { privateKey } = await generateKeyPair(alg, { extractable: true });
      return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `${alg}-${crypto.randomUUID()}` };
    }),
  );
}

/** Starts a provider. */
export async function startProvider(): Promise<TestProvider> {
  let keys = await freshKeys();
  let wanted: { algorithm: AsymmetricSigningAlgorithm; ttlS: number; claims: object } = {
    algorithm: 'RS256',
    ttlS: TOKEN_TTL_S,
    claims: {},
  };
  let issuing: Promise<string> = Promise.resolve('');
  let reads = 0;
  let server: Server | undefined;
  let port = 0;
  let provider: Provider;
  const issuer = () => `http://127.0.0.1:${port}`;

  const configure = () => {
    provider = new Provider(issuer(), {
      jwks: { keys: keys as never },
      clients: [
        {
          client_id: 'shop-backend',
          client_secret: SECRET,
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
        },
      ],
      enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
      ttl: { ClientCredentials: () => wanted.ttlS },
      extraTokenClaims: () => ({ ...wanted.claims }),
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context, audience) => ({
            scope: '',
            audience,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: wanted.algorithm } },
          }),
        },
      },
    });
  };
  const start = async () => {
    if (server?.listening) return;
    server = createServer((request, response) => {
      if (request.url?.startsWith('/jwks')) reads += 1;
      void provider.callback()(request, response);
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const issued = async ({
    algorithm = 'RS256',
    audience = AUDIENCE,
    claims = {},
    ttlS = TOKEN_TTL_S,
  }: TokenOptions): Promise<string> => {
    wanted = { algorithm, claims, ttlS };
    const response = await fetch(`${issuer()}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`shop-backend:${SECRET}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the provider answered ${response.status}: ${text}`);
    return (JSON.parse(text) as { access_token: string }).access_token;
  };
  await start();
  configure();

  return {
    issuer: issuer(),
    token: (options = {}) => {
      // One after another: what the provider is to put into a token is its configuration.
      issuing = issuing.then(
        () => issued(options),
        () => issued(options),
      );
      return issuing;
    },
    key(algorithm) {
      const found = keys.find(({ alg }) => alg === algorithm);
      if (found === undefined) throw new Error(`the provider has no key for ${algorithm}`);
      return found;
    },
    async rotate({ keepOld = true } = {}) {
      keys = [...(await freshKeys()), ...(keepOld ? keys : [])];
      configure();
    },
    reads: () => reads,
    async stop() {
      if (!server?.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
    start,
  };
}
