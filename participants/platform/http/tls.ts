/** TLS of a port of the process's own, where no proxy in front of it has one: the certificate is read again when it is rotated. */
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import * as z from 'zod';
import type { Logger } from '../process/log.ts';
import { watchFiles } from '../process/watched-files.ts';

const HANDSHAKE_MS = 10_000;

export const tlsConfig = z.object({
  HTTP_TLS_CERT_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The certificate (PEM) of HTTP_PORT, with the ones between it and its authority; HTTP without it.',
    ),
  HTTP_TLS_KEY_FILE: z.string().min(1).optional().describe('The key of HTTP_TLS_CERT_FILE (PEM).'),
});

/** Makes a server that does not listen yet, as `node:http` does. */
export type CreateServer = (options: ServerOptions, listener: RequestListener) => Server;

/** The two settings of a port's TLS. */
type TlsSettings<Port extends string> = {
  readonly [Name in `${Port}_TLS_${'CERT' | 'KEY'}_FILE`]?: string | undefined;
};

/**
 * What makes the servers of a port: with TLS where a certificate is configured.
 * @param port the beginning of the settings' names
 * @throws Error when one of the two files is not named, cannot be read, or does not belong to the other
 */
export function serversOf<Port extends string = 'HTTP'>(
  settings: TlsSettings<Port>,
  log: Pick<Logger, 'throttled' | 'info'>,
  port = 'HTTP' as Port,
): CreateServer {
  const { [`${port}_TLS_CERT_FILE` as const]: certFile, [`${port}_TLS_KEY_FILE` as const]: keyFile } =
    settings;
  if (certFile === undefined && keyFile === undefined) return createServer;
  if (certFile === undefined || keyFile === undefined) {
    throw new Error(
      `configuration: ${port}_TLS_${certFile === undefined ? 'CERT' : 'KEY'}_FILE is missing: TLS needs both files`,
    );
  }
  return (options, listener) => {
    const servers: Array<ReturnType<typeof createTlsServer>> = [];
    const usable = ([cert = '', key = '']: readonly string[]) => {
      const pair = { cert, key, minVersion: 'TLSv1.2' as const };
      // Throws when they are malformed, or do not belong together.
      createSecureContext(pair);
      return pair;
    };
    const files = watchFiles([certFile, keyFile], usable, {
      log,
      // Open connections keep the certificate they were opened with.
      changed: (pair) => void servers.map((server) => server.setSecureContext(pair)),
    });
    const server = createTlsServer({ ...options, ...files.value, handshakeTimeout: HANDSHAKE_MS }, listener);
    servers.push(server);
    return server.once('close', files.close);
  };
}
