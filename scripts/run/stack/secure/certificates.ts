/** The certificates of a secured stack, made with openssl: an authority of its own, and what it signs. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StackProblem } from '../problem.ts';

const run = promisify(execFile);

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const AUTHORITY_DAYS = '3650';
const CERTIFICATE_DAYS = 825;
/** Where a stack's servers listen. */
const NAMES = 'subjectAltName=IP:127.0.0.1,DNS:localhost';

/** The files of one certificate. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  /** Key and certificate in one file, as Kafka takes them. */
  readonly both: string;
}

/** Where the files of a name's certificate are. */
export function filesOf(folder: string, name: string): Issued {
  const at = (file: string) => join(folder, `${name}.${file}`);
  return { cert: at('pem'), key: at('key'), both: at('both.pem') };
}

/** Makes an authority in a folder, unless there is one. @returns its certificate */
export async function ensureAuthority(folder: string): Promise<string> {
  const [cert, key] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
  if (existsSync(cert) && existsSync(key)) return cert;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const config = join(folder, 'ca.cnf');
  writeFileSync(
    config,
    '[req]\ndistinguished_name=name\nx509_extensions=authority\n[name]\n[authority]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n',
  );
  const subject = ['-subj', '/CN=local stack'];
  await openssl([
    'req',
    '-x509',
    '-config',
    config,
    ...CURVE,
    '-days',
    AUTHORITY_DAYS,
    ...subject,
    '-keyout',
    key,
    '-out',
    cert,
  ]);
  chmodSync(key, 0o600);
  return cert;
}

/**
 * Signs a certificate for a name, good for servers of this machine and for clients; replaces the one of that name in one step.
 * @param days until it expires; negative: it has
 * @param hosts names of the servers that bear it; without them it is good on this machine
 */
export async function issue(
  folder: string,
  name: string,
  days = CERTIFICATE_DAYS,
  hosts: readonly string[] = [],
): Promise<Issued> {
  await ensureAuthority(folder);
  const issued = filesOf(folder, name);
  const [extensions, request] = [join(folder, `${name}.cnf`), join(folder, `${name}.csr`)];
  writeFileSync(
    extensions,
    `basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n${namesOf(hosts)}\n`,
  );
  await openssl(['req', ...CURVE, '-subj', `/CN=${name}`, '-keyout', `${issued.key}.new`, '-out', request]);
  const signer = ['-CA', join(folder, 'ca.pem'), '-CAkey', join(folder, 'ca.key'), '-set_serial', serial()];
  const cert = `${issued.cert}.new`;
  await openssl([
    'x509',
    '-req',
    '-in',
    request,
    ...signer,
    '-days',
    String(days),
    '-extfile',
    extensions,
    '-out',
    cert,
  ]);
  writeFileSync(
    `${issued.both}.new`,
    `${readFileSync(`${issued.key}.new`, 'utf8')}${readFileSync(cert, 'utf8')}`,
  );
  for (const file of Object.values(issued)) {
    chmodSync(`${file}.new`, 0o600);
    renameSync(`${file}.new`, file);
  }
  for (const file of [request, extensions]) rmSync(file);
  return issued;
}

const namesOf = (hosts: readonly string[]) =>
  hosts.length === 0 ? NAMES : `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}`;

/** By folder: what is under way there. */
const queues = new Map<string, Promise<unknown>>();

/**
 * The certificate of a name, made where there is none. One after another: the brokers of a stack need the same one at the same
 * time, and its key and certificate must be of one making.
 */
export function ensureIssued(folder: string, name: string): Promise<Issued> {
  const ensured = (queues.get(folder) ?? Promise.resolve()).then(() => issueIfMissing(folder, name));
  queues.set(
    folder,
    ensured.catch(() => {}),
  );
  return ensured;
}

async function issueIfMissing(folder: string, name: string): Promise<Issued> {
  const issued = filesOf(folder, name);
  return Object.values(issued).every((file) => existsSync(file)) ? issued : issue(folder, name);
}

const serial = () => `0x${Buffer.from(crypto.getRandomValues(new Uint8Array(15))).toString('hex')}`;

async function openssl(args: string[]): Promise<void> {
  await run('openssl', args).catch((error: { stderr?: string; message: string }) => {
    throw new StackProblem(
      `openssl ${args[0]} failed (a secured stack needs it in your PATH): ${(error.stderr ?? error.message).trim()}`,
    );
  });
}
