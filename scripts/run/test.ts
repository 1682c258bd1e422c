/** `npm test`: format, lint, types, boundaries; where they pass, every test. What failed stands at the end of the output. */
import { parseArgs } from 'node:util';
import { runMain } from './stack/problem.ts';
import { adminEnvironment } from './stack/secure/connections.ts';
import { stackDown, stackUp } from './stack/stack.ts';
import { stackStatus } from './stack/status.ts';
import { runConcurrently } from './test/concurrently.ts';
import { staticChecks } from './test/static.ts';
import { type Counts, filesOf, type Job, jobsOf, runFiles, type Suite, suites } from './test/suites.ts';
import { takeTurns } from './test/take-turns.ts';
import { useStack } from './test/users.ts';

const stack = 'test';
/** Most tests on the stack wait for time-outs and recoveries, so three at once share two cores well. */
const CONCURRENCY = 4;
const kinds = ['static', ...suites.map(({ name }) => name)];
const usage = `usage: npm test -- [--only ${kinds.join('|')}] [--secure] [--grep TEXT] [FILE…]`;
const print = (line: string) => void process.stderr.write(`${line}\n`);

// Tests start many stacks at once: a base would give them all the same ports.
delete process.env.STACK_PORT_BASE;

await runMain(async () => {
  const { only, grep, secure, files } = readArguments();
  const total = { passed: 0, failed: 0, failures: [] as string[] };
  const add = ({ passed, failed, failures }: Counts): boolean => {
    total.passed += passed;
    total.failed += failed;
    total.failures.push(...failures);
    return failed === 0;
  };
  try {
    if (only === undefined ? files.length === 0 && grep === undefined : only === 'static') {
      add(await runStatic());
    }
    const wanted = suites.filter(({ name }) => only === undefined || only === name);
    if (total.failed === 0) await runTests(wanted, files, grep, secure, add);
  } catch (error) {
    total.failed += 1;
    throw error;
  } finally {
    for (const failure of total.failures) process.stdout.write(`\n${failure}\n`);
    process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
  }
  return total.failed === 0 ? 0 : 1;
}, usage);

/** Stops at the first check that fails. */
async function runStatic(): Promise<Counts> {
  for (const { name, passes } of staticChecks) {
    print(`— ${name}`);
    if (await passes()) continue;
    return { passed: 0, failed: 1, failures: [`${name}: failed`] };
  }
  return { passed: 0, failed: 0, failures: [] };
}

/** Runs the chosen tests on one stack, if any needs it: jobs of different suites side by side, for they wait for different things. */
async function runTests(
  wanted: Suite[],
  only: string[],
  grep: string | undefined,
  secure: boolean,
  add: (counts: Counts) => boolean,
): Promise<void> {
  const bySuite = wanted.map((suite) =>
    jobsOf(
      suite,
      filesOf(suite).filter((file) => isChosen(file, only)),
    ),
  );
  const jobs = takeTurns(bySuite);
  if (jobs.length === 0) return;
  const run = (environment: NodeJS.ProcessEnv) => runJobs(jobs, environment, grep, add);
  await (jobs.some(({ suite }) => suite.needsStack) ? withStack(secure, run) : run({ STACK: stack }));
}

/** The output of a job is shown as a whole when it ends, because several run at once; of a single job as it comes. */
async function runJobs(
  chosen: readonly Job[],
  environment: NodeJS.ProcessEnv,
  grep: string | undefined,
  add: (counts: Counts) => void,
): Promise<void> {
  const jobs = chosen.map(({ suite, files }) => async () => {
    const name = files.length === 1 ? files[0] : `${files[0]} and ${files.length - 1} more`;
    print(`— ${suite.name}: ${name}`);
    if (chosen.length === 1) return add(await runFiles(suite, files, environment, grep));
    let output = '';
    const began = performance.now();
    const counts = await runFiles(suite, files, environment, grep, (piece) => {
      output += piece;
    });
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stdout.write(`\n— ${suite.name}: ${name}, ended after ${seconds} s\n${output}`);
    add(counts);
  });
  await runConcurrently(jobs, CONCURRENCY);
}

/** @param secure on a stack with TLS, passwords and permissions, whose administrator the tests' own clients are */
async function withStack(
  secure: boolean,
  work: (environment: NodeJS.ProcessEnv) => Promise<void>,
): Promise<void> {
  const before = await stackStatus(stack);
  const wasUp = Boolean(before.kafka && before.postgres && before.redis);
  const leave = useStack(stack);
  try {
    const { kafka, postgres, redis } = await stackUp({ name: stack, secure, print });
    const addresses = { KAFKA_BROKERS: kafka, DATABASE_URL: postgres, REDIS_URL: redis };
    const security = { STACK_SECURE: secure ? '1' : '', ...adminEnvironment(stack) };
    await work({ STACK: stack, ...addresses, ...security });
  } finally {
    // With its data: the topics and databases of every run would pile up.
    if (leave() && !wasUp) await stackDown(stack, { wipe: true });
  }
}

function isChosen(file: string, only: readonly string[]): boolean {
  return only.length === 0 || only.some((one) => file.endsWith(one));
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        only: { type: 'string' },
        grep: { type: 'string' },
        secure: { type: 'boolean', default: false },
      },
    });
    if (values.only !== undefined && !kinds.includes(values.only))
      throw new Error(`--only takes ${kinds.join(', ')}`);
    return { only: values.only, grep: values.grep, secure: values.secure, files: positionals };
  } catch (error) {
    print(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}
