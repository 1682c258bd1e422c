/** One Restate server with durable storage, and the registration of the handlers at it. */
import { freePorts } from '#scripts/run/stack/ports.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { poll } from '#scripts/run/wait-until.ts';
import { restateProgram } from '../packages.ts';
import { startProgram, type Worker } from '../worker.ts';

const READY_WITHIN_MS = 60_000;

/** A running server. */
export interface RestateServer extends Worker {
  /** Where requests are sent. */
  readonly ingressUrl: string;
  /** Registers the handlers that listen on a port of this machine. */
  register(port: number): Promise<void>;
}

/**
 * Starts it on an empty folder and waits until it takes requests. Everything is as the server's own default, which its
 * memory page calls sized for production (https://docs.restate.dev/server/memory), durable log included
 * (`rocksdb-disable-wal-fsync = false`), but for the partitions and what would leave the machine.
 * @param folder of its data
 * @throws StackProblem when it does not get ready
 */
export async function startRestate(
  folder: string,
  partitions: number,
  logFile: string,
): Promise<RestateServer> {
  const [ingress = 0, admin = 0, node = 0] = await freePorts(3);
  const at = (port: number) => `127.0.0.1:${port}`;
  const environment = {
    RESTATE_BASE_DIR: folder,
    RESTATE_NODE_NAME: 'bench',
    RESTATE_LISTEN_MODE: 'tcp',
    RESTATE_BIND_ADDRESS: at(node),
    RESTATE_ADVERTISED_ADDRESS: `http://${at(node)}`,
    RESTATE_INGRESS__BIND_ADDRESS: at(ingress),
    RESTATE_ADMIN__BIND_ADDRESS: at(admin),
    RESTATE_DEFAULT_NUM_PARTITIONS: String(partitions),
    RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_LOG_FILTER: 'warn',
  };
  const server = startProgram(restateProgram(), ['--no-logo'], environment, logFile);
  const answers = async (url: string) =>
    (await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => null))?.ok === true;
  const ready = await poll(
    async () =>
      (await answers(`http://${at(admin)}/health`)) &&
      (await answers(`http://${at(ingress)}/restate/health`)),
    READY_WITHIN_MS,
    200,
  );
  if (!ready) {
    await server.close();
    throw new StackProblem(`The Restate server does not get ready: ${logFile} may say why.`);
  }
  return {
    pid: server.pid,
    close: server.close,
    ingressUrl: `http://${at(ingress)}`,
    async register(port) {
      const answer = await fetch(`http://${at(admin)}/deployments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ uri: `http://${at(port)}` }),
      });
      if (!answer.ok)
        throw new StackProblem(`Restate does not take the handlers: ${answer.status} ${await answer.text()}`);
    },
  };
}
