/** The files of a TLS connection: who is trusted, and who we are. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { lastGood, readPem } from './secret-file.ts';

/** The certificates of one connection, each with the setting that names its file. */
export interface TlsFiles {
  /** The authorities that may have signed the server's certificate; Node's own list without it. */
  readonly ca?: TlsFile;
  /** Our certificate and its key, for mutual TLS. */
  readonly identity?: { readonly cert: TlsFile; readonly key: TlsFile };
}

export interface TlsFile {
  readonly variable: string;
  readonly path: string;
}

/**
 * Node's options for these files. Each file is read when a connection reads the option, so new connections use rotated
 * certificates.
 * @throws Error naming the setting of a file that cannot be read now
 */
export function tlsOptions({ ca, identity }: TlsFiles): ConnectionOptions {
  const options: ConnectionOptions = { minVersion: 'TLSv1.2' };
  const readsAnew = (name: 'ca' | 'cert' | 'key', { variable, path }: TlsFile) =>
    Object.defineProperty(options, name, {
      enumerable: true,
      configurable: true,
      get: lastGood(() => readPem(variable, path)),
    });
  if (ca !== undefined) readsAnew('ca', ca);
  if (identity !== undefined) {
    readsAnew('cert', identity.cert);
    readsAnew('key', identity.key);
  }
  return options;
}

/** Every file of a connection. */
export function filesOf({ ca, identity }: TlsFiles): TlsFile[] {
  return [ca, identity?.cert, identity?.key].filter((file) => file !== undefined);
}

/**
 * Checks the files as they are now.
 * @throws Error naming the setting: a file cannot be read, holds no certificate, has expired, or the key is another certificate's
 */
export function checkTlsFiles({ ca, identity }: TlsFiles, nowMs = Date.now()): void {
  if (ca !== undefined) certificateOf(ca);
  if (identity === undefined) return;
  const { cert, key } = identity;
  const own = certificateOf(cert);
  if (own.validToDate.getTime() <= nowMs)
    throw new Error(
      `configuration: ${cert.variable} names ${cert.path}, a certificate that expired at ${own.validToDate.toISOString()}: put a new one there`,
    );
  if (!isKeyOf(own, key))
    throw new Error(
      `configuration: ${key.variable} names ${key.path}, which is not the key of the certificate in ${cert.variable}`,
    );
}

function certificateOf({ variable, path }: TlsFile): X509Certificate {
  const text = readPem(variable, path);
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new Error(`configuration: ${variable} names ${path}, which holds no certificate in PEM`, { cause });
  }
}

function isKeyOf(certificate: X509Certificate, { variable, path }: TlsFile): boolean {
  const text = readPem(variable, path);
  try {
    return certificate.checkPrivateKey(createPrivateKey(text));
  } catch (cause) {
    throw new Error(
      `configuration: ${variable} names ${path}, which holds no private key in PEM without a passphrase`,
      { cause },
    );
  }
}
