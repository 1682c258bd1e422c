/** For tests of whole processes: starts a main file and waits until it is ready. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Agent, fetch as fetchOver } from 'undici';
import { waitUntil } from '#scripts/run/wait-until.ts';

const READY_WITHIN_MS = 90_000;
/** A test's certificate has no authority. */
const anyCertificate = new Agent({ connect: { rejectUnauthorized: false } });

export interface TestProcess {
  readonly url: string;
  /** Its output so far. */
  readonly output: () => string;
  /** Ends it with a signal; resolves to its exit code, or null where the signal killed it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/**
 * Starts a process and waits until `/readyz` answers 200.
 * @throws Error with its output when it ends instead
 */
export async function startProcess(file: string, environment: NodeJS.ProcessEnv): Promise<TestProcess> {
  const port = await freePort();
  const child: ChildProcess = spawn(process.execPath, [file], {
    env: { ...process.env, UV_THREADPOOL_SIZE: '8', HTTP_PORT: String(port), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  const url = `${environment.HTTP_TLS_CERT_FILE ? 'https' : 'http'}://127.0.0.1:${port}`;
  const status = async () => {
    const answer = await fetchOver(`${url}/readyz`, { dispatcher: anyCertificate }).catch(() => null);
    const reason = await answer?.text().catch(() => null);
    return { status: answer?.status, reason, exitCode: child.exitCode, output };
  };
  const seen = await waitUntil(status, ({ status, exitCode }) => status === 200 || exitCode !== null, {
    withinMs: READY_WITHIN_MS,
    what: `the start of ${file}`,
  });
  if (seen.exitCode !== null) throw new Error(`${file} ended with ${seen.exitCode}: ${output}`);
  return {
    url,
    output: () => output,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill(signal);
      await once(child, 'exit');
      return child.exitCode;
    },
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
