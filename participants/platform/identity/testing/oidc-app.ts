/** For tests: an HTTP application that takes the tokens of two providers, under a clock that the test sets. */
import type { webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type JWTPayload, SignJWT } from 'jose';
import { httpApp } from '../../http/app.ts';
import { resource } from '../../http/resource.ts';
import { ROLES } from '../../process/auth-tokens.ts';
import { type Identity, openIdentity } from '../identity.ts';
import { credentialsWith } from './credentials.ts';
import { AUDIENCE, startProvider, type TestProvider } from './provider.ts';

/** Claims of an admin. */
export const ADMIN = { realm_access: { roles: ['offline_access', 'shop-admin'] } };
export const LOCAL_SECRET = 'a local secret of over thirty-two characters';

/** A token of claims, signed with a key of the test's choice. */
export async function forged(
  claims: JWTPayload,
  header: { alg: string; kid?: string; typ?: string },
  key: Uint8Array | webcrypto.CryptoKey,
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ typ: 'at+jwt', ...header }).sign(key);
}

export interface OidcApp {
  readonly provider: TestProvider;
  /** A second issuer, whose subjects have a prefix. */
  readonly partner: TestProvider;
  /** Added to the clock of the process. */
  aheadMs: number;
  /** What was logged. */
  readonly lines: readonly string[];
  /** Opens the issuers anew. @param more settings of the first */
  open(more?: object): void;
  /** The status of an answer, and who the caller was. */
  call(token: string): Promise<[number, unknown?]>;
  /** Undoes what a test has done to the clock and the provider. */
  reset(): Promise<void>;
  /** Fails where a defect was met. */
  close(): Promise<void>;
}

/** Starts the application with its providers. */
export async function startOidcApp(): Promise<OidcApp> {
  const [provider, partner] = await Promise.all([startProvider(), startProvider()]);
  const folder = mkdtempSync(join(tmpdir(), 'issuers-'));
  const lines: string[] = [];
  let identity: Identity | undefined;
  const now = () => Date.now() + app.aheadMs;
  const log = {
    info: (event: string) => void lines.push(event),
    throttled: (_key: string, event: string, fields = {}) =>
      void lines.push(`${event} ${JSON.stringify(fields)}`),
  };
  const parts = {
    tokens: { verify: async (token: string) => (await identity?.verify(token)) ?? null },
    log: { ...log, warn() {}, error: (event: string) => void lines.push(event) },
  };
  const server = createServer(whoAmI(parts));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/me`;
  const app: OidcApp = {
    ...{ provider, partner, lines, aheadMs: 0 },
    open(more = {}) {
      identity?.close();
      const config = writeConfig(folder, [{ ...issuerOf(provider), ...more }, partnerOf(partner)]);
      identity = openIdentity(config, { now, log, credentials: credentialsWith(now) });
    },
    async call(token) {
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      const body = (await response.json()) as { subject?: string; role?: string; type?: string };
      if (response.status === 200) return [200, `${body.role} ${body.subject}`];
      expect(body.type, JSON.stringify(body)).to.match(/^urn:problem:order-saga:/);
      const header = response.status === 503 ? 'retry-after' : 'www-authenticate';
      expect(response.headers.has(header)).to.equal(true);
      return [response.status];
    },
    async reset() {
      app.aheadMs = 0;
      await provider.start();
    },
    async close() {
      identity?.close();
      rmSync(folder, { recursive: true });
      await new Promise<void>((resolve) => void server.close(() => resolve()));
      await Promise.all([provider.stop(), partner.stop()]);
      // Whatever was sent, no defect was met.
      expect(lines).not.to.include('request-defect');
    },
  };
  app.open();
  return app;
}

/** An application of one operation, which shows the caller. */
function whoAmI(parts: Parameters<typeof httpApp>[0]) {
  return httpApp(
    parts,
    () => null,
    { title: 'Me', about: '' },
    (routes) =>
      resource(routes, '/v1/me', {
        GET: {
          id: 'getMe',
          summary: 'The caller.',
          roles: ROLES,
          answers: {},
          handle: ({ principal }) => ({ status: 200, body: principal }) as never,
        },
      }),
  );
}

function issuerOf({ issuer }: TestProvider) {
  return {
    issuer,
    audience: AUDIENCE,
    type: 'at+jwt',
    roleClaim: ['realm_access', 'roles'],
    roles: [
      { value: 'shop-admin', role: 'admin' },
      { value: 'shop-support', role: 'operator' },
      { value: 'backend', role: 'service' },
    ],
    defaultRole: 'customer',
    customerClaim: 'customer_number',
    maxLifetimeSeconds: 3_600,
  };
}

function partnerOf({ issuer }: TestProvider) {
  const roles = [{ value: 'orders', role: 'service' }];
  return { issuer, audience: 'urn:partner', roles, subjectPrefix: 'partner:' };
}

function writeConfig(folder: string, issuers: readonly object[]) {
  const config = {
    OIDC_ISSUERS_FILE: join(folder, 'issuers.json'),
    AUTH_SECRET_FILE: join(folder, 'secret'),
  };
  writeFileSync(config.OIDC_ISSUERS_FILE, JSON.stringify(issuers));
  writeFileSync(config.AUTH_SECRET_FILE, LOCAL_SECRET);
  return config;
}
