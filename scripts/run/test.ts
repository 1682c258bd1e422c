/** `npm test`: format, lint, types, boundaries, then every test; stops at the first thing that fails. */
import { parseArgs } from 'node:util';
import { runMain } from './stack/problem.ts';
import { stackDown, stackUp } from './stack/stack.ts';
import { stackStatus } from './stack/status.ts';
import { runConcurrently } from './test/concurrently.ts';
import { staticChecks } from './test/static.ts';
import { type Counts, filesOf, runFiles, type Suite, suites } from './test/suites.ts';
import { useStack } from './test/users.ts';

const stack = 'test';
/** Most tests on the stack wait for time-outs and recoveries, so two at once share the machine well. */
const CONCURRENCY = 2;
const kinds = ['static', ...suites.map(({ name }) => name)];
const usage = `usage: npm test -- [--only ${kinds.join('|')}] [--grep TEXT] [FILE…]`;
const print = (line: string) => void process.stderr.write(`${line}\n`);

await runMain(async () => {
  const { only, grep, files } = readArguments();
  const total: Counts = { passed: 0, failed: 0 };
  try {
    if (only === undefined ? files.length === 0 && grep === undefined : only === 'static') {
      total.failed += (await runStatic()) ? 0 : 1;
    }
    const wanted = suites.filter(({ name }) => only === undefined || only === name);
    if (total.failed === 0) await runTests(wanted, files, grep, total);
  } catch (error) {
    total.failed += 1;
    throw error;
  } finally {
    process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
  }
  return total.failed === 0 ? 0 : 1;
});

async function runStatic(): Promise<boolean> {
  for (const { name, passes } of staticChecks) {
    print(`— ${name}`);
    if (await passes()) continue;
    print(`${name}: failed`);
    return false;
  }
  return true;
}

/** The unit tests first, then the others on the stack: each end-to-end file beside the integration tests. */
async function runTests(
  wanted: Suite[],
  only: string[],
  grep: string | undefined,
  total: Counts,
): Promise<void> {
  const chosen = wanted
    .map((suite) => ({ suite, files: filesOf(suite).filter((file) => isChosen(file, only)) }))
    .filter(({ files }) => files.length > 0);
  const count = ({ passed, failed }: Counts): boolean => {
    total.passed += passed;
    total.failed += failed;
    return failed === 0;
  };
  for (const { suite, files } of chosen.filter((one) => !one.suite.needsStack)) {
    print(`— ${suite.name}: ${files.length} file(s)`);
    if (!count(await runFiles(suite, files, { STACK: stack }, grep))) return;
  }
  const onStack = chosen.filter(({ suite }) => suite.needsStack);
  if (onStack.length > 0) await withStack((environment) => runOnStack(onStack, environment, grep, count));
}

/** The output of a job is shown as a whole when it ends, because two run at once; of a single job as it comes. */
async function runOnStack(
  chosen: ReadonlyArray<{ suite: Suite; files: string[] }>,
  environment: NodeJS.ProcessEnv,
  grep: string | undefined,
  count: (counts: Counts) => boolean,
): Promise<void> {
  const pieces = chosen.flatMap(({ suite, files }) =>
    suite.isolatesFiles ? files.map((file) => ({ suite, files: [file] })) : [{ suite, files }],
  );
  const jobs = pieces.map(({ suite, files }) => async () => {
    const name = files.length === 1 ? files[0] : `${files.length} file(s)`;
    print(`— ${suite.name}: ${name}`);
    if (pieces.length === 1) return count(await runFiles(suite, files, environment, grep));
    let output = '';
    const counts = await runFiles(suite, files, environment, grep, (piece) => {
      output += piece;
    });
    process.stdout.write(`\n— ${suite.name}: ${name}, ended\n${output}`);
    return count(counts);
  });
  await runConcurrently(jobs, CONCURRENCY);
}

async function withStack(work: (environment: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  const before = await stackStatus(stack);
  const wasUp = Boolean(before.kafka && before.postgres && before.redis);
  const leave = useStack(stack);
  try {
    const { kafka, postgres, redis } = await stackUp({ name: stack, print });
    await work({ STACK: stack, KAFKA_BROKERS: kafka, DATABASE_URL: postgres, REDIS_URL: redis });
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
      options: { only: { type: 'string' }, grep: { type: 'string' } },
    });
    if (values.only !== undefined && !kinds.includes(values.only))
      throw new Error(`--only takes ${kinds.join(', ')}`);
    return { only: values.only, grep: values.grep, files: positionals };
  } catch (error) {
    print(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}
