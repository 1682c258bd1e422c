/** The kinds of work of a process, by the file whose code does it. */

/** What measuring costs itself; it is no part of an order's cost. */
export const PROFILING = 'the profile itself';

/** By path, the first that matches. What matches none counts for its caller. */
const KINDS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\/bench\/cost\/profiler/, PROFILING],
  [/^\(garbage collector\)$/, 'garbage collection'],
  [/^\(program\)$/, 'native code and kernel'],
  [/\/node_modules\/(pg|pg-protocol|pg-pool|pg-types|postgres-\w+)\//, 'PostgreSQL driver'],
  [/\/platform\/postgres\/array-parameters/, 'parameters of statements'],
  [/\/platform\/postgres\/|\/store\/|\/sql\/|sql-[\w-]+\.ts/, 'statements'],
  [/\/node_modules\/zod\//, 'validation'],
  [/\/node_modules\/xstate\/|\/engine\/step\/|\/sagas\//, 'decision of a step'],
  [/\/node_modules\/(ioredis|redis|@redis|iovalkey)\//, 'Redis'],
  [/\/node_modules\/@platformatic\/kafka\/.*produc/, 'publishing'],
  [/\/node_modules\/@platformatic\/kafka\/.*consum/, 'consuming'],
  [
    /\/node_modules\/@platformatic\/kafka\/|\/node_modules\/@confluentinc\/|\/platform\/kafka\//,
    'Kafka client',
  ],
  [/\/protocol\//, 'encoding and reading messages'],
  [/\/platform\/http\/|\/node_modules\/(fastify|find-my-way|light-my-request|jose)\/|\/http\//, 'HTTP'],
  [/\/node_modules\/(prom-client|@prometheus)|metrics\.ts/, 'metrics'],
  [/\/node_modules\/(pino|sonic-boom|thread-stream)/, 'logs'],
  [/\/platform\/batching\/|\/runtime\/|\/engine\//, 'handling of batches'],
  [/\/notification\/|\/node_modules\/nodemailer\//, 'e-mails'],
  [/\/(payment|inventory|shipping|coupon|auditor|orchestrator)\//, "the process's own work"],
];

/** Work that no file of the product or of a package called for: streams, sockets and timers of Node. */
export const NODE = 'Node: sockets, streams, timers';

/** The kind of work of a frame; null: its caller's. @param name of the function, in brackets where V8 made it up */
export function kindOf(name: string, url: string): string | null {
  const text = url === '' ? name : decodeURI(url);
  return KINDS.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
