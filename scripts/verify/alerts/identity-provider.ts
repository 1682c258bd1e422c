/** An identity provider for drills: it publishes one key, and can go away. No token of it is ever used. */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { placesOf } from '#scripts/run/stack/places.ts';

/** Starts a provider, and lists it in a file of the stack's folder. */
export async function identityProvider(stack: string): Promise<{
  /** Of a process that accepts its tokens. */
  readonly environment: Record<string, string>;
  stop(): Promise<void>;
  start(): Promise<void>;
}> {
  const { publicKey } = await generateKeyPair('ES256');
  const key = { ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: 'drill' };
  let server: Server | undefined;
  let port = 0;
  const start = async () => {
    server = createServer((request, response) => {
      const issuer = `http://127.0.0.1:${port}`;
      const isKeys = request.url === '/jwks';
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(isKeys ? { keys: [key] } : { issuer, jwks_uri: `${issuer}/jwks` }));
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  await start();
  const { data } = placesOf(stack);
  mkdirSync(data, { recursive: true });
  const file = join(data, 'issuers.json');
  const issuer = { issuer: `http://127.0.0.1:${port}`, audience: 'drills', defaultRole: 'customer' };
  writeFileSync(file, JSON.stringify([issuer]));
  return {
    environment: { OIDC_ISSUERS_FILE: file },
    start,
    async stop() {
      if (!server?.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
