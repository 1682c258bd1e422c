/** `npm start`: the whole system in the foreground, on the local stack; Ctrl-C ends all of it. */
import { once } from 'node:events';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { consoleLink } from './console-link.ts';
import { root } from './stack/places.ts';
import { runMain } from './stack/problem.ts';
import { defaultStack, stackDown } from './stack/stack.ts';
import { stackStatus } from './stack/status.ts';
import { refuseSecond, type System, startSystem } from './system.ts';
import { out, say as print } from './terminal.ts';

const usage =
  'usage: npm start -- [--secure] [--brokers 1|3] [--engines N] [--gateway simulator|none] [--observe] [--stack NAME]';

await runMain(async () => {
  const options = readArguments();
  refuseSecond(options.stack);
  const before = await stackStatus(options.stack);
  const wasUp = Boolean(before.kafka && before.postgres && before.redis);
  // From here on a signal ends the run, also during the start; a second signal changes nothing.
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
  try {
    const system = await startSystem({ ...options, shop: true, print, signal: interrupted.signal });
    welcome(system, wasUp, await consoleLink(String(system.urls['api']), options.stack));
    if (!interrupted.signal.aborted) await once(interrupted.signal, 'abort');
    print('stopping');
    await system.stop();
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
  } finally {
    if (!wasUp) await stackDown(options.stack);
  }
  print(
    wasUp ? 'stopped; the stack was up before and stays up (`npm run stack -- down` ends it)' : 'stopped',
  );
  return 0;
}, usage);

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        stack: { type: 'string', default: defaultStack() },
        brokers: { type: 'string' },
        secure: { type: 'boolean' },
        engines: { type: 'string', default: '1' },
        gateway: { type: 'string', default: 'simulator' },
        observe: { type: 'boolean', default: false },
      },
    });
    const engines = Number(values.engines);
    if (!Number.isInteger(engines) || engines < 1 || engines > 9) throw new Error('--engines takes 1 to 9');
    if (values.gateway !== 'simulator' && values.gateway !== 'none') {
      throw new Error('--gateway takes simulator or none');
    }
    if (values.brokers !== undefined && !['1', '3'].includes(values.brokers))
      throw new Error('--brokers takes 1 or 3');
    const gateway: 'simulator' | 'none' = values.gateway;
    return {
      stack: values.stack,
      engines,
      gateway,
      observe: values.observe,
      ...(values.brokers === undefined ? {} : { brokers: Number(values.brokers) }),
      ...(values.secure === undefined ? {} : { secure: values.secure }),
    };
  } catch (error) {
    print(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

function welcome(system: System, wasUp: boolean, link: string): void {
  const flag = system.stack === 'dev' ? '' : ` --stack ${system.stack}`;
  const order = {
    customerId: 'customer-1',
    items: [{ sku: 'coffee-beans', quantity: 1 }],
    currency: 'EUR',
    amount: 1250,
    payment: { method: 'pm_card_visa' },
    shippingAddress: {
      name: 'Ada',
      line1: 'Main Street 1',
      city: 'Berlin',
      postalCode: '10115',
      country: 'DE',
    },
  };
  for (const [name, address] of Object.entries({ ...system.addresses, ...system.urls })) {
    out(`${name.padEnd(13)} ${address}`);
  }
  out(`
The console, open it in a browser: the link signs you in as an operator for twelve hours.
  ${link}

A shop to try it in, open it in a browser:
  ${system.urls.shop}

An order:
  curl -sS ${system.urls.api}/v1/orders -H "authorization: Bearer $(npm run -s token -- --role service${flag})" \\
    -H 'content-type: application/json' -d '${JSON.stringify(order)}'

Logs are in ${relative(root, system.logs)}. Ctrl-C ends everything${wasUp ? ' but the stack, which was up before' : ''}.`);
}
