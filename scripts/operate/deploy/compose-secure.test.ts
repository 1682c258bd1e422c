/** `deploy/compose.secure.yml` over `compose.yml`: what production permits, for each process its own secrets, and each of them made. */
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { accessOf } from '#participants/access/access.ts';
import { readConfig } from '#platform/process/config.ts';
import { faultsIn } from '#platform/process/production.ts';
import { schemasOf } from '#scripts/operate/settings/list.ts';
import { processTable } from '#scripts/run/processes.ts';
import { root } from '#scripts/run/stack/places.ts';
import { makeComposeSecrets, secretFiles } from './compose-secrets.ts';
import { composeFaults } from './testing/compose-schema.ts';

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly command?: readonly string[];
}

/** Compose's own word for a list that replaces another one. */
const OVERRIDE = { tag: '!override', collection: 'seq', resolve: (value: unknown) => value } as const;

const read = (file: string, customTags: Parameters<typeof parse>[2] = {}) =>
  parse(readFileSync(join(root, 'deploy', file), 'utf8').replaceAll('$$', '$'), {
    merge: true,
    ...customTags,
  });
const plain = read('compose.yml') as { services: Record<string, Service>; secrets: Record<string, object> };
const over = read('compose.secure.yml', { customTags: [OVERRIDE] } as never) as typeof plain;

/** Services as compose lays the files over each other. */
const services = new Map(
  Object.entries(over.services).map(([name, service]) => {
    const { environment = {} } = plain.services[name] ?? {};
    const filled = Object.entries({ ...environment, ...service.environment }).map(([variable, value]) => [
      variable,
      String(value)
        .replace(/^\$\{GATEWAY_KEY.*/, 'sk_test_something')
        .replace(/^\$\{.*-(.*)\}$/, '$1'),
    ]);
    return [name, { ...service, environment: Object.fromEntries(filled) as Record<string, string> }];
  }),
);
const processes = processTable({ engines: 1, issuers: 1, gateway: 'simulator', shop: false, observe: false });

const PERMITTED = ['local-tokens', 'gateway-simulator'];
/** What a service names of its secrets: by a setting, or by an argument. */
const namedBy = ({ environment = {}, command = [] }: Service) =>
  [JSON.stringify(environment), JSON.stringify(command)].flatMap((text) =>
    [...text.matchAll(/\/run\/secrets\/([\w-]+)/g)].map(([, name = '']) => name),
  );

describe('deploy/compose.secure.yml', () => {
  it('fits compose’s schema', () => expect(composeFaults({ ...over })).to.deep.equal([]));

  for (const { name } of processes)
    it(`lets ${name} start as in production, its tokens and its gateway excepted`, () => {
      const { environment = {} } = services.get(name) ?? {};
      const exceptions = faultsIn(environment).map(({ exception }) => exception);
      expect(exceptions.filter((one) => !PERMITTED.includes(one))).to.deep.equal([]);
      expect(environment.PRODUCTION_EXCEPTIONS?.split(',')).to.deep.equal(PERMITTED);
      for (const schema of schemasOf(name === 'gateway' ? 'gateway simulator' : name))
        expect(() => readConfig(schema, environment)).not.to.throw();
    });

  it('gives each process its own name at every server that it uses, and none at another', () => {
    for (const { name } of processes) {
      const { environment = {} } = services.get(name) ?? {};
      const access = accessOf(name);
      const usesKafka = access !== undefined && access.reads.length + access.writes.length > 0;
      expect(environment.KAFKA_SASL_USER, name).to.equal(usesKafka ? name : undefined);
      expect(environment.REDIS_USER, name).to.equal(access?.redisKeys ? name : undefined);
      expect(URL.parse(environment.DATABASE_URL ?? '')?.username, name).to.equal(
        access?.schema ? name : undefined,
      );
    }
  });

  it('gives each service the secrets that it names, and no others', () => {
    // The administrator's job reads every password from the folder.
    for (const [name, service] of services) {
      if (name === 'permit') continue;
      const { secrets = [], environment, command = [] } = service;
      const kept = name === 'postgres' ? ['postgres-key', 'postgres-password'] : [];
      const named = [...new Set([...namedBy({ environment, command }), ...kept])];
      const inherited = name === 'postgres' ? ['postgres-password'] : [];
      expect([...new Set([...secrets, ...inherited])].sort(), name).to.deep.equal(named.sort());
    }
  });

  it('keeps the superuser and the administrator from every process', () => {
    const having = [...services].filter(([, { secrets = [] }]) =>
      ['postgres-password', 'admin-key'].some((one) => secrets.includes(one)),
    );
    expect(having.map(([name]) => name).sort()).to.deep.equal(['grant', 'permit']);
  });

  it('has a file for each secret, which the command makes, with the name of its server', async () => {
    const used = new Set([...services.values()].flatMap(({ secrets = [] }) => secrets));
    const defined = new Set([...Object.keys(over.secrets), ...Object.keys(plain.secrets)]);
    expect([...used].filter((name) => !defined.has(name))).to.deep.equal([]);
    expect([...secretFiles().keys()].filter((name) => !used.has(name))).to.deep.equal([]);
    const folder = mkdtempSync(join(tmpdir(), 'compose-secrets-'));
    try {
      await makeComposeSecrets(folder);
      for (const file of secretFiles().values()) expect(existsSync(join(folder, file)), file).to.equal(true);
      const first = readFileSync(join(folder, 'passwords/kafka-engine'), 'utf8');
      await makeComposeSecrets(folder);
      expect(readFileSync(join(folder, 'passwords/kafka-engine'), 'utf8'), 'made once').to.equal(first);
      const authority = new X509Certificate(readFileSync(join(folder, 'ca.pem')));
      for (const [file, hosts] of [
        ['broker.pem', ['kafka-1', 'kafka-2', 'kafka-3']],
        ['postgres.pem', ['postgres']],
        ['redis.pem', ['redis']],
        ['webhooks.pem', ['payment']],
      ] as const) {
        const certificate = new X509Certificate(readFileSync(join(folder, file)));
        expect(certificate.verify(authority.publicKey), file).to.equal(true);
        for (const host of hosts) expect(certificate.checkHost(host), `${file} ${host}`).to.equal(host);
        expect(certificate.checkHost('localhost')).to.equal(undefined);
      }
      expect(statSync(folder).mode & 0o077, 'nobody else may enter').to.equal(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
