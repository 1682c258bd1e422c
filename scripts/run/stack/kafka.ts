/** Kafka: one broker, or several that form a cluster, each broker and controller in one (KRaft), without containers. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { classArguments, keepClasses } from './kafka-classes.ts';
import { javaArguments, kafkaTool } from './kafka-tool.ts';
import { kafkaLibs, type Places, root } from './places.ts';
import { StackProblem } from './problem.ts';
import { authorityOf } from './secure/connections.ts';
import { brokerSecurity, firstUsers, LISTENER } from './secure/servers.ts';
import { probe, type ServicesOf } from './service.ts';
import type { StackState } from './state.ts';

// ApiVersions, version 0, without a client id: every broker that serves requests answers it.
const apiVersions = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);

// The serial collector has no threads beside the broker's. The old generation must have room for a whole young one
// beside the live objects: at 512 MB it had none, and every collection was a full one that stopped the broker for 0.3
// s (10 s in six minutes).
const jvm = ['-Xmx768m', '-Xms768m', '-Xmn256m', '-XX:+UseSerialGC', '-Djava.awt.headless=true'];

// Several brokers on one machine: the optimizing compiler would take the CPU that the others need. Without it a
// broker killed under 50 orders/s is back after 24 s instead of 35 s, and the slowest percent of the orders waits 6 s
// instead of 18 s. A test's broker does not live long enough to win that CPU back.
const jvmWithoutOptimizer = [...jvm, '-XX:TieredStopAtLevel=1'];

export const kafkaServices: ServicesOf = (state, places) =>
  state.ports.kafka.map((port, index) => {
    const id = index + 1;
    const name = brokerName(id);
    const data = join(places.data, `kafka-${id}`);
    const config = join(data, 'server.properties');
    const logFile = join(places.logs, `${name}.out.log`);
    return {
      name,
      ports: [port, state.ports.controllers[index] as number, ...extra(state, id).map(({ port }) => port)],
      signature: config,
      endSignal: 'SIGTERM',
      logFile: join(places.logs, `${name}.log`),
      prepare: async () => {
        mkdirSync(data, { recursive: true });
        writeFileSync(config, linesOf({ ...properties(state, id), ...(await security(state)) }), {
          mode: 0o600,
        });
        if (!existsSync(join(data, 'log', 'bootstrap.checkpoint')))
          await format(state, data, config, clusterId(places.data));
        return {
          command: 'java',
          args: [
            ...agent(state, id, data),
            ...classArguments(data, state.observe === undefined),
            ...(state.listeners ?? []).flatMap(({ jvm = [] }) => jvm),
            ...brokerArguments(state, data, join(places.logs, `${name}.log`)),
            config,
          ],
          logFile,
          cwd: data,
        };
      },
      answers: () =>
        probe(
          port,
          apiVersions,
          (answer) => answer.length >= 4,
          state.secure ? authorityOf(state.name) : undefined,
        ),
    };
  });

/** Keeps of ended brokers what outlives their stack. */
export function keepOfBrokers(state: StackState, places: Places): void {
  for (const id of state.ports.kafka.keys()) keepClasses(join(places.data, `kafka-${id + 1}`));
}

/** The arguments of a broker that runs in `data`, without its configuration file. */
export function brokerArguments(
  { name, brokers }: Pick<StackState, 'name' | 'brokers'>,
  data: string,
  log: string,
): string[] {
  const isShortOfCpu = brokers > 1 || /^test(-|$)/.test(name);
  const options = [...(isShortOfCpu ? jvmWithoutOptimizer : jvm), `-Dstack.log=${relative(data, log)}`];
  return javaArguments('kafka.Kafka', 'log4j2.xml', options, data);
}

/** Exports a broker's metrics. Paths are relative: a colon or a comma in the project's path would part the argument. */
function agent({ observe }: StackState, id: number, data: string): string[] {
  if (observe === undefined) return [];
  const jar = readdirSync(kafkaLibs).find((name) => name.startsWith('jmx_prometheus_javaagent'));
  if (jar === undefined)
    throw new StackProblem('The JMX exporter is missing among the jars: run `npm test -- --only static`.');
  const paths = [join(kafkaLibs, jar), join(root, 'deploy/local/jmx-exporter.yml')].map((path) =>
    relative(data, path),
  );
  return [`-javaagent:${paths[0]}=127.0.0.1:${observe.brokers[id - 1]}:${paths[1]}`];
}

/** The name of a broker in `processes`; ids count from 1. */
export const brokerName = (id: number): string => (id === 1 ? 'kafka' : `kafka-${id}`);

async function format(state: StackState, data: string, config: string, cluster: string): Promise<void> {
  rmSync(join(data, 'log'), { recursive: true, force: true });
  const args = ['format', '--cluster-id', cluster, '--config', config];
  await kafkaTool('kafka.tools.StorageTool', args, data, state.secure ? firstUsers(state.name) : []);
}

async function security(state: StackState): Promise<Record<string, string>> {
  if (!state.secure) return {};
  const listeners = state.listeners ?? [];
  return {
    ...(await brokerSecurity(state.name, [LISTENER, ...listeners.map(({ name }) => name)])),
    ...Object.assign(
      {},
      ...listeners.map(({ name, settings = {} }) =>
        Object.fromEntries(
          Object.entries(settings).map(([key, value]) => [
            `listener.name.${name.toLowerCase()}.${key}`,
            value,
          ]),
        ),
      ),
    ),
  };
}

/** One id for all brokers of a stack, made once: 16 random bytes as Kafka writes them. */
function clusterId(data: string): string {
  const file = join(data, 'kafka-cluster-id');
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  // An id that began with a dash would be read as an option by the tools.
  bytes[0] = (bytes[0] as number) & 0x7f;
  try {
    writeFileSync(file, Buffer.from(bytes).toString('base64url'), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}

/** A broker's part of each extra listener. */
function extra(state: StackState, id: number): Array<{ name: string; port: number; advertised: number }> {
  return (state.listeners ?? []).map(({ name, ports, advertised }) => ({
    name,
    port: ports[id - 1] as number,
    advertised: advertised[id - 1] as number,
  }));
}

function properties(state: StackState, id: number): Record<string, string | number> {
  const { kafka, controllers } = state.ports;
  const more = extra(state, id);
  const also = (ports: string[]) => ports.map((one) => `,${one}`).join('');
  const replicas = Math.min(3, state.brokers);
  const main = state.secure ? LISTENER : 'PLAINTEXT';
  const protocolOf = (name: string) =>
    state.secure ? (state.listeners?.find((one) => one.name === name)?.protocol ?? LISTENER) : 'PLAINTEXT';
  return {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': controllers.map((port, index) => `${index + 1}@127.0.0.1:${port}`).join(','),
    listeners: `${main}://127.0.0.1:${kafka[id - 1]},CONTROLLER://127.0.0.1:${controllers[id - 1]}${also(more.map(({ name, port }) => `${name}://127.0.0.1:${port}`))}`,
    'advertised.listeners': `${main}://127.0.0.1:${kafka[id - 1]}${also(more.map(({ name, advertised }) => `${name}://127.0.0.1:${advertised}`))}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': main,
    'listener.security.protocol.map': `${main}:${main},CONTROLLER:${state.secure ? 'SSL' : 'PLAINTEXT'}${also(more.map(({ name }) => `${name}:${protocolOf(name)}`))}`,
    // Below the folder it runs in: of a whole path, a comma would part it, and other letters would be misread.
    'log.dirs': 'log',
    'auto.create.topics.enable': 'false',
    // By default eleven threads hand each request round, and each wakes cold: two of a kind take a seventh less CPU.
    'num.io.threads': 2,
    'num.network.threads': 2,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': Math.max(1, replicas - 1),
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': Math.max(1, replicas - 1),
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'group.consumer.min.session.timeout.ms': 1000,
    'group.consumer.min.heartbeat.interval.ms': 200,
    // A broker that was killed may register again only when its old session has ended: the default is 9 s.
    // One alone is fenced, and all its partitions have no leader, when a busy machine holds it up for longer.
    'broker.session.timeout.ms': state.brokers > 1 ? 3000 : 9000,
    'broker.heartbeat.interval.ms': 500,
    // The brokers noticed the death of a broker that held the controller after 6.1 s (by default they elect a new
    // controller after 2 s, and only then does it count down the session): longer than a session, so that every group
    // was joined again.
    'controller.quorum.fetch.timeout.ms': 1000,
    'controller.quorum.election.timeout.ms': 500,
  };
}

const linesOf = (settings: Readonly<Record<string, string | number>>): string =>
  `${Object.entries(settings)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
