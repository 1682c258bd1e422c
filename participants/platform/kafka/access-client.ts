/**
 * Administers users and ACLs of a cluster, on @platformatic/kafka, for set-up: no process of the product may do either.
 * Kafka's own tools take a second for each call.
 */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@platformatic/kafka';
import { type KafkaSecurity, kafkaSecurity } from '../connections/kafka-security.ts';
import { whyRefused } from '../connections/why-refused.ts';
import { library } from './broker-library.ts';
import { producingSecurity } from './client-security.ts';

const { alterUserScramCredentialsV0, createAclsV3, describeAclsV3, Admin: LibraryAdmin } = library;

/** The codes of the protocol. */
const RESOURCES = { topic: 2, group: 3, cluster: 4 } as const;
const PATTERNS = { literal: 3, prefixed: 4 } as const;
const OPERATIONS = {
  Read: 3,
  Write: 4,
  Create: 5,
  Describe: 8,
  DescribeConfigs: 10,
  AlterConfigs: 11,
} as const;
const ALLOW = 3;
const MECHANISMS = { 'SCRAM-SHA-256': 1, 'SCRAM-SHA-512': 2 } as const;
/** Kafka's least; passwords here are random, so more rounds would only delay each sign-in. */
const ITERATIONS = 4096;
const HASH_BYTES = { 'SCRAM-SHA-256': 32, 'SCRAM-SHA-512': 64 } as const;
const REQUEST_MS = 15_000;
/** A broker follows the controller within some hundred milliseconds. */
const KNOWN_WITHIN_MS = 30_000;
const CHECK_EVERY_MS = 50;

/** One permission of one principal. */
export interface Permission {
  readonly principal: string;
  readonly resource: keyof typeof RESOURCES;
  readonly name: string;
  readonly pattern: keyof typeof PATTERNS;
  readonly operations: ReadonlyArray<keyof typeof OPERATIONS>;
}

export interface User {
  readonly name: string;
  readonly password: string;
}

export interface AccessClient {
  /** Creates users or gives them another password, for both mechanisms of SCRAM. @throws Error naming the refused user */
  setPasswords(users: readonly User[]): Promise<void>;
  /** Adds permissions, and waits until every broker knows them; one that exists stays. @throws Error with the broker's reason */
  allow(permissions: readonly Permission[]): Promise<void>;
  close(): Promise<void>;
}

/** Connects as an administrator. @throws when no broker answers, or they refuse the administrator */
export async function openAccessClient(options: {
  brokers: string;
  security?: KafkaSecurity;
}): Promise<AccessClient> {
  const { brokers, security = kafkaSecurity() } = options;
  const client = new LibraryAdmin({
    ...producingSecurity(security, brokers),
    clientId: 'access',
    bootstrapBrokers: brokers.split(','),
    requestTimeout: REQUEST_MS,
    timeout: REQUEST_MS,
    retries: 2,
  });
  client.connections.on('connecting', ({ connection }) => connection.on('error', () => {}));
  const everyBroker = async (): Promise<Connection[]> => {
    try {
      const { brokers: live } = await client.metadata({ topics: [], forceUpdate: true });
      return [...(await client.connectToBrokers([...live.keys()])).values()];
    } catch (error) {
      throw new Error(whyRefused(error, 'KAFKA'), { cause: error });
    }
  };
  // Changes are the controller's, to which any broker forwards them.
  const anyBroker = async () => {
    const [connection] = await everyBroker();
    if (connection === undefined) throw new Error('the brokers name none of themselves');
    return connection;
  };
  return {
    async setPasswords(users) {
      const upsertions = users.flatMap((user) => [
        credentialOf(user, 'SCRAM-SHA-256'),
        credentialOf(user, 'SCRAM-SHA-512'),
      ]);
      // One change of a user in a request.
      for (const mechanism of Object.values(MECHANISMS)) {
        const some = upsertions.filter((one) => one.mechanism === mechanism);
        await alterUserScramCredentialsV0.api.async(await anyBroker(), [], some);
      }
    },
    async allow(permissions) {
      const creations = permissions.flatMap(({ principal, resource, name, pattern, operations }) =>
        operations.map((operation) => ({
          resourceType: RESOURCES[resource],
          resourceName: name,
          resourcePatternType: PATTERNS[pattern],
          principal: `User:${principal}`,
          host: '*',
          operation: OPERATIONS[operation],
          permissionType: ALLOW,
        })),
      );
      await createAclsV3.api.async(await anyBroker(), creations as never);
      const last = creations.at(-1);
      if (last === undefined) return;
      const until = performance.now() + KNOWN_WITHIN_MS;
      for (const broker of await everyBroker()) {
        // One request made them all, so the last one stands for it.
        while ((await describeAclsV3.api.async(broker, last as never)).resources.length === 0) {
          if (performance.now() > until) throw new Error('a broker does not learn of new permissions');
          await sleep(CHECK_EVERY_MS);
        }
      }
    },
    close: () => client.close(),
  };
}

function credentialOf({ name, password }: User, mechanism: keyof typeof MECHANISMS) {
  const salt = randomBytes(24);
  const hash = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512';
  const saltedPassword = pbkdf2Sync(password, salt, ITERATIONS, HASH_BYTES[mechanism], hash);
  return { name, mechanism: MECHANISMS[mechanism], iterations: ITERATIONS, salt, saltedPassword };
}
