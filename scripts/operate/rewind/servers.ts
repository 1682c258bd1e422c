/** The servers of a rewind: as the environment names them, else the local stack's. */

import { silent } from '#platform/process/log.ts';
import { readSystem } from '#scripts/run/system/system-record.ts';
import { LOCAL_GATEWAY_KEY } from '../../run/processes.ts';
import { StackProblem } from '../../run/stack/problem.ts';
import { connectAsAdmin } from '../../run/stack/secure/connections.ts';
import { defaultStack } from '../../run/stack/stack.ts';
import { stackStatus } from '../../run/stack/status.ts';
import type { Brokers } from './read-logs.ts';

/** Where a rewind connects to. */
export interface Servers {
  readonly databaseUrl: string;
  readonly kafka: Brokers;
  /** With the settings of the gateway. */
  readonly environment: NodeJS.ProcessEnv;
}

/** @throws StackProblem when nothing names a server, and the local stack does not run */
export async function localServers(): Promise<Servers> {
  const given = process.env;
  const { DATABASE_URL: url, KAFKA_BROKERS: brokers, KAFKA_PREFIX: prefix = '' } = given;
  if (url !== undefined && brokers !== undefined)
    return { databaseUrl: url, kafka: { brokers, prefix, log: silent }, environment: given };
  const stack = defaultStack();
  connectAsAdmin(stack);
  const { postgres, kafka } = await stackStatus(stack);
  if (postgres === null || kafka === null)
    throw new StackProblem('PostgreSQL or Kafka does not run: `npm run stack -- up` starts them.');
  const gateway = readSystem(stack, prefix)?.urls.gateway;
  const local =
    gateway === undefined
      ? { GATEWAY: 'none' }
      : { GATEWAY: 'simulator', GATEWAY_URL: gateway, GATEWAY_KEY: LOCAL_GATEWAY_KEY };
  return {
    databaseUrl: url ?? postgres,
    kafka: { brokers: brokers ?? kafka, prefix, log: silent },
    environment: { ...local, ...given },
  };
}
