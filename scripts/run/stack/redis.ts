/** Redis: one server with an append-only file, as the stack starts it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Places } from './places.ts';
import { authorityOf } from './secure/connections.ts';
import { redisSecurity } from './secure/servers.ts';
import { probe, type Service, type ServicesOf } from './service.ts';
import type { StackState } from './state.ts';

/** The name of the second server's service, of a stack that has one. Which of the two is the primary changes. */
export const REPLICA = 'redis-replica';

export const redisServices: ServicesOf = (state, places) => {
  const first = serverOf(state, places, 'redis', state.ports.redis);
  if (state.redisReplica === undefined) return [first];
  const following = [`replicaof 127.0.0.1 ${state.ports.redis}`];
  return [first, serverOf(state, places, REPLICA, state.redisReplica, following)];
};

function serverOf(
  state: StackState,
  places: Places,
  name: string,
  port: number,
  more: readonly string[] = [],
): Service {
  const data = join(places.data, name);
  const config = join(data, 'redis.conf');
  // Redis takes it for a pattern, and where nothing matches starts with its defaults, on its default port.
  const pattern = config.replace(/[[?*]/g, '[$&]');
  const logFile = join(places.logs, `${name}.log`);
  return {
    name,
    ports: [port],
    signature: pattern,
    endSignal: 'SIGTERM',
    logFile,
    prepare: async () => {
      mkdirSync(data, { recursive: true });
      const listening = state.secure ? await redisSecurity(state.name, port) : [`port ${port}`];
      writeFileSync(config, configuration([...listening, ...more], data));
      return { command: 'redis-server', args: [pattern], logFile };
    },
    answers: () =>
      probe(
        port,
        Buffer.from('PING\r\n'),
        // It takes no command without a user: that is an answer too, but not the one while it loads its file.
        (answer) => /^(\+PONG|-NOAUTH)/.test(answer.toString()),
        state.secure ? authorityOf(state.name) : undefined,
      ),
  };
}

const configuration = (own: readonly string[], data: string): string =>
  [
    'bind 127.0.0.1',
    ...own,
    'daemonize no',
    // Keeps its command line as it was started, so that the stack recognises it.
    'set-proc-title no',
    `dir "${data.replace(/["\\]/g, '\\$&')}"`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    // A cache, so it may refuse; but what it holds must stay, or a sold-out campaign's winners would be missing.
    'maxmemory 256mb',
    'maxmemory-policy noeviction',
    // The events processed in an eighth of a second, packed.
    'hash-max-listpack-entries 512',
    '',
  ].join('\n');
