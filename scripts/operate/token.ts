/** `npm run token`: a bearer token for the local stack, alone on stdout. Refused in production, unless excepted by name. */
import { parseArgs } from 'node:util';
import { exceptionsOf } from '#platform/process/production.ts';
import { out, say } from '#scripts/run/terminal.ts';
import { runMain } from '../run/stack/problem.ts';
import { defaultStack } from '../run/stack/stack.ts';
import { customerHolder, type Holder, roleHolder, tokenFor } from '../run/stack/token.ts';

const roles = ['service', 'viewer', 'operator', 'admin'];
const usage = `usage: npm run token -- --role ${roles.join('|')} [--stack NAME]
       npm run token -- --customer ID [--stack NAME]`;

await runMain(async () => {
  const { NODE_ENV } = process.env;
  if (NODE_ENV === 'production' && !exceptionsOf(process.env).has('local-tokens')) {
    say(
      'Not in production: a local token is signed with a shared secret. Get one from your identity provider, or name local-tokens in PRODUCTION_EXCEPTIONS.',
    );
    return 1;
  }
  const given = readArguments();
  if (typeof given === 'string') {
    say(`${given}\n${usage}`);
    return 2;
  }
  out(await tokenFor(given.holder, given.stack));
  return 0;
}, usage);

function readArguments(): { holder: Holder; stack: string } | string {
  try {
    const { values } = parseArgs({
      options: {
        role: { type: 'string' },
        customer: { type: 'string' },
        stack: { type: 'string', default: defaultStack() },
      },
    });
    const { role, customer, stack } = values;
    if ((role === undefined) === (customer === undefined)) return 'Give either --role or --customer.';
    if (customer !== undefined)
      return customer === '' ? '--customer takes an id.' : { holder: customerHolder(customer), stack };
    return roles.includes(role as string)
      ? { holder: roleHolder(role as string), stack }
      : `"${role}" is not one of the roles: ${roles.join(', ')}.`;
  } catch (error) {
    return (error as Error).message;
  }
}
