/** Further ways into the broker of a test's secured stack: by certificate, by PLAIN, and by tokens of a real issuer. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { freePorts } from '../../ports.ts';
import type { ExtraListener } from '../../state.ts';

export const PLAIN_PASSWORD = 'a plain password, with = and a comma';
const AUDIENCE = 'kafka';

/** A listener on a free port, with its address. */
async function listenerOn(
  listener: Omit<ExtraListener, 'ports' | 'advertised'>,
): Promise<ExtraListener & { brokers: string }> {
  const ports = await freePorts(1);
  return { ...listener, ports, advertised: ports, brokers: `127.0.0.1:${ports[0]}` };
}

/** Clients sign in by their certificate. */
export const byCertificate = () =>
  listenerOn({ name: 'MTLS', protocol: 'SSL', settings: { 'ssl.client.auth': 'required' } });

/** The user `inventory` signs in with PLAIN. */
export const byPlain = () =>
  listenerOn({
    name: 'PLAIN',
    protocol: 'SASL_SSL',
    settings: {
      'sasl.enabled.mechanisms': 'PLAIN',
      'plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_inventory="${PLAIN_PASSWORD}";`,
    },
  });

/** Clients sign in with tokens of the issuer. */
export function byTokensOf(issuer: string) {
  const handler = 'org.apache.kafka.common.security.oauthbearer';
  return listenerOn({
    name: 'TOKENS',
    protocol: 'SASL_SSL',
    settings: {
      'sasl.enabled.mechanisms': 'OAUTHBEARER',
      'oauthbearer.sasl.jaas.config': `${handler}.OAuthBearerLoginModule required;`,
      'oauthbearer.sasl.server.callback.handler.class': `${handler}.OAuthBearerValidatorCallbackHandler`,
      'oauthbearer.sasl.oauthbearer.jwks.endpoint.url': `${issuer}/jwks`,
      'oauthbearer.sasl.oauthbearer.expected.audience': AUDIENCE,
      'oauthbearer.sasl.oauthbearer.expected.issuer': issuer,
    },
    // Without it a broker calls no address at all.
    jvm: [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${issuer}/jwks`],
  });
}

export interface Issuer {
  readonly url: string;
  readonly tokenUrl: string;
  /** How many tokens it has issued. */
  issued(): number;
  close(): Promise<void>;
}

/** An OpenID provider whose client `inventory` may have tokens for Kafka. */
export async function openIssuer(clientSecret: string): Promise<Issuer> {
  const server: Server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let issued = 0;
  const provider = new Provider(url, {
    clients: [
      {
        client_id: 'inventory',
        client_secret: clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:kafka',
        getResourceServerInfo: () => ({
          scope: '',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt' as const,
          accessTokenTTL: 60,
          jwt: { sign: { alg: 'RS256' as const } },
        }),
      },
    },
  });
  provider.on('client_credentials.issued', () => {
    issued += 1;
  });
  server.on('request', provider.callback());
  return {
    url,
    tokenUrl: `${url}/token`,
    issued: () => issued,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
