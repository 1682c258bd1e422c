/** `npm test`: format, lint, types, boundaries, then every test; stops at the first thing that fails. */
import { parseArgs } from 'node:util';
import { runMain } from './stack/problem.ts';
import { stackDown, stackUp } from './stack/stack.ts';
import { stackStatus } from './stack/status.ts';
import { staticChecks } from './test/static.ts';
import { type Counts, filesOf, runSuite, type Suite, suites } from './test/suites.ts';
import { useStack } from './test/users.ts';

const stack = 'test';
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

async function runTests(
  wanted: Suite[],
  only: string[],
  grep: string | undefined,
  total: Counts,
): Promise<void> {
  const before = await stackStatus(stack);
  const wasUp = Boolean(before.kafka && before.postgres && before.redis);
  const leave = useStack(stack);
  try {
    for (const suite of wanted) {
      const files = filesOf(suite).filter(
        (file) => only.length === 0 || only.some((one) => file.endsWith(one)),
      );
      if (files.length === 0) continue;
      print(`— ${suite.name}: ${files.length} file(s)`);
      let environment: NodeJS.ProcessEnv = { STACK: stack };
      if (suite.needsStack) {
        const { kafka, postgres, redis } = await stackUp({ name: stack, print: print });
        environment = { ...environment, KAFKA_BROKERS: kafka, DATABASE_URL: postgres, REDIS_URL: redis };
      }
      const { passed, failed } = await runSuite(suite, files, environment, grep);
      total.passed += passed;
      total.failed += failed;
      if (failed > 0) return;
    }
  } finally {
    // With its data: the topics and databases of every run would pile up.
    if (leave() && !wasUp) await stackDown(stack, { wipe: true });
  }
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
