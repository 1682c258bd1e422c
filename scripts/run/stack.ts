/** `npm run stack -- up|down|status`: the local Kafka, PostgreSQL and Redis. */
import { parseArgs } from 'node:util';
import { out, say } from '#scripts/run/terminal.ts';
import { runMain, StackProblem } from './stack/problem.ts';
import { defaultStack, stackDown, stackUp } from './stack/stack.ts';
import { type StackStatus, stackStatus } from './stack/status.ts';
import { readSystem } from './system/system-record.ts';

const usage = `usage: npm run stack -- up     [--secure] [--brokers 1|3] [--stack NAME]
       npm run stack -- down   [--wipe] [--stack NAME]
       npm run stack -- status [--json] [--stack NAME]`;

await runMain(async () => {
  const { verb, name, brokers, secure, json, wipe } = readArguments();
  if (verb === 'up') {
    await stackUp({
      name,
      print,
      ...(brokers === undefined ? {} : { brokers }),
      ...(secure === undefined ? {} : { secure }),
    });
    printStatus(await stackStatus(name), json);
    return 0;
  }
  if (verb === 'down') {
    const system = readSystem(name);
    if (system) {
      throw new StackProblem(
        `\`npm start\` runs on the stack "${name}" (pid ${system.supervisor.pid}): stop that first.`,
      );
    }
    const ended = await stackDown(name, { wipe });
    print(ended.length > 0 ? `stopped: ${ended.join(', ')}` : `nothing of the stack "${name}" was running`);
    if (wipe) print('its data is gone');
    return 0;
  }
  if (verb === 'status') {
    printStatus(await stackStatus(name), json);
    return 0;
  }
  print(usage);
  return 2;
}, usage);

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        stack: { type: 'string', default: defaultStack() },
        brokers: { type: 'string' },
        secure: { type: 'boolean' },
        json: { type: 'boolean', default: false },
        wipe: { type: 'boolean', default: false },
      },
    });
    const brokers = values.brokers === undefined ? undefined : Number(values.brokers);
    if (brokers !== undefined && brokers !== 1 && brokers !== 3) throw new Error('--brokers takes 1 or 3');
    const verb = positionals.length === 1 ? positionals[0] : undefined;
    return { verb, name: values.stack, brokers, secure: values.secure, json: values.json, wipe: values.wipe };
  } catch (error) {
    print(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

function printStatus(status: StackStatus, json: boolean): void {
  if (json) {
    out(JSON.stringify(status, null, 2));
    return;
  }
  const { processes, ...addresses } = status;
  for (const [name, address] of Object.entries(addresses)) {
    const pids = Object.entries(processes).filter(([process]) => process.replace(/-\d+$/, '') === name);
    const pid = pids.length > 0 ? `  (pid ${pids.map(([, id]) => id).join(', ')})` : '';
    out(`${name.padEnd(12)} ${address ?? 'not running'}${pid}`);
  }
  for (const [name, pid] of Object.entries(processes)) {
    if (!(name.replace(/-\d+$/, '') in addresses)) out(`${name.padEnd(12)} pid ${pid}`);
  }
}

function print(line: string): void {
  say(line);
}
