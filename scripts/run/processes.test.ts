import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { WEBHOOK_PATH } from '#participants/payment/webhook.ts';
import { PARTICIPANTS } from '#participants/registry.ts';
import { environmentOf, processTable, type Surroundings, WEBHOOK, withOwnSecrets } from './processes.ts';
import { root } from './stack/places.ts';

const ALL = processTable({ engines: 2, issuers: 2, gateway: 'simulator', shop: true, observe: true });
/** Compose scales a service instead of naming further processes; the demo shop runs on local stacks only. */
const SERVICES = processTable({ engines: 1, issuers: 1, gateway: 'simulator', shop: false, observe: false });

describe('the process table', () => {
  it('has a process for each participant, each with a name and a port of its own', () => {
    expect(ALL.map(({ name }) => name)).to.include.members(PARTICIPANTS.map(({ name }) => name));
    for (const field of ['name', 'portOffset'] as const)
      expect(new Set(ALL.map((plan) => plan[field])).size, field).to.equal(ALL.length);
  });

  it('gives the simulator and payment one address for webhooks, and the file of their secret', () => {
    expect(WEBHOOK.path).to.equal(WEBHOOK_PATH);
    expect(ALL.map(({ portOffset }) => portOffset)).not.to.include(WEBHOOK.portOffset);
    const around = { webhookUrl: 'http://127.0.0.1:29078', webhookSecretFile: '/a/webhook-secret' };
    const environment = environmentOf(around as Partial<Surroundings> as Surroundings, {});
    expect(environment).to.include({
      GATEWAY_WEBHOOK_URL: 'http://127.0.0.1:29078/webhooks/stripe',
      GATEWAY_WEBHOOK_PORT: '29078',
      GATEWAY_WEBHOOK_SECRET_FILE: '/a/webhook-secret',
    });
  });

  it('has the coupon API listed where the console reads it, beside the origins of before', () => {
    const around = { apiUrl: 'http://127.0.0.1:1', couponsUrl: 'http://127.0.0.1:2' };
    const inherited = { COUPON_ORIGINS: 'https://shop.example' };
    expect(environmentOf(around as Partial<Surroundings> as Surroundings, inherited)).to.include({
      COUPON_API_URL: 'http://127.0.0.1:2',
      COUPON_ORIGINS: 'https://shop.example,http://127.0.0.1:1',
      ORDER_ORIGINS: '',
    });
  });

  const USERS: Readonly<Record<string, readonly string[]>> = {
    AUTH_SECRET_FILE: ['api', 'auditor', 'coupons', 'shop'],
    GATEWAY_KEY: ['gateway', 'payment'],
    GATEWAY_WEBHOOK_SECRET_FILE: ['gateway', 'payment'],
  };
  it('gives a secret to the processes that use it, and to no other', () => {
    const around = {
      secretFile: '/a/auth-secret',
      webhookUrl: 'http://127.0.0.1:1',
      webhookSecretFile: '/a/webhook-secret',
    };
    const all = environmentOf(around as Partial<Surroundings> as Surroundings, {});
    for (const [variable, users] of Object.entries(USERS)) {
      const having = ALL.filter(({ name }) => withOwnSecrets(name, all)[variable] !== undefined);
      expect(having.map(({ name }) => name).sort(), variable).to.deep.equal(users);
    }
  });

  it('gives the same secrets in deploy/compose.yml', () => {
    const compose = readFileSync(join(root, 'deploy/compose.yml'), 'utf8');
    const [shared = '', services = ''] = compose.split(/^services:$/m);
    for (const [variable, users] of Object.entries(USERS)) {
      expect(shared, 'of every process').not.to.match(new RegExp(`^ +${variable}:`, 'm'));
      const having = services
        .split(/^ {2}(?=[\w-]+:$)/m)
        .filter((one) => new RegExp(`^ +${variable}:`, 'm').test(one));
      const expected = users.filter((name) => name !== 'shop');
      expect(having.map((one) => one.split(':')[0]).sort(), variable).to.deep.equal(expected);
    }
    expect(shared).not.to.match(/^ +secrets:/m);
  });

  it('has a service in deploy/compose.yml for each process, with its command', () => {
    const compose = readFileSync(join(root, 'deploy/compose.yml'), 'utf8');
    const commands = [
      ...compose.matchAll(/^ {2}([\w-]+):\n {4}<<: \*process\n {4}command: \[(\S+)\]$/gm),
    ].map(([, name, command]) => [name, command]);
    expect(commands).to.have.deep.members(SERVICES.map(({ name, entry }) => [name, entry]));
  });
});
