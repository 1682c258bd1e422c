/** `deploy/compose.secure.yml`: TLS at every server, a principal with its own rights for each process, and no superuser among them. */
import { OWNER, POSTGRES_EXPORTER, REDIS_EXPORTER, SET_UP } from '#participants/access/access.ts';
import { DATABASE_ROLES } from '#participants/access/database-roles.ts';
import { CONTRACTS } from '#participants/registry.ts';
import { processTable } from '#scripts/run/processes.ts';
import { serversOf } from '../names.ts';
import { KAFKA_USERS, passwordName } from '../secret-names.ts';

const at = (secret: string) => `/run/secrets/${secret}`;

const BROKERS = [1, 2, 3].map((id) => `kafka-${id}`);
const EXCEPTIONS = 'local-tokens,gateway-simulator';

/** Files of the plain `compose.yml` that a process keeps. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  api: ['auth-secret'],
  coupons: ['auth-secret', 'coupon-address-keys'],
  auditor: ['auth-secret'],
  payment: ['webhook-secret'],
  gateway: ['webhook-secret'],
};

interface Part {
  readonly environment: Record<string, string>;
  readonly secrets: readonly string[];
}

function kafkaPart(user: string): Part {
  return {
    environment: {
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USER: user,
      KAFKA_SASL_PASSWORD_FILE: at(passwordName('kafka', user)),
      KAFKA_CA_FILE: at('ca'),
    },
    secrets: [passwordName('kafka', user)],
  };
}

function databasePart(role: string): Part {
  return {
    environment: {
      DATABASE_URL: `postgresql://${role}@postgres:5432/saga`,
      DATABASE_TLS: 'verify-full',
      DATABASE_CA_FILE: at('ca'),
      DATABASE_PASSWORD_FILE: at(passwordName('database', role)),
    },
    secrets: [passwordName('database', role)],
  };
}

function redisPart(user: string): Part {
  return {
    environment: {
      REDIS_URL: 'rediss://redis:6379',
      REDIS_CA_FILE: at('ca'),
      REDIS_USER: user,
      REDIS_PASSWORD_FILE: at(passwordName('redis', user)),
    },
    secrets: [passwordName('redis', user)],
  };
}

/** The superuser and the brokers' administrator: of two jobs, and of no process. */
const ADMINISTRATOR: Part = {
  environment: {
    DATABASE_TLS: 'verify-full',
    DATABASE_CA_FILE: at('ca'),
    KAFKA_BROKERS: BROKERS.map((broker) => `${broker}:9094`).join(','),
    KAFKA_SECURITY_PROTOCOL: 'SSL',
    KAFKA_CA_FILE: at('ca'),
    KAFKA_CERT_FILE: at('admin-cert'),
    KAFKA_KEY_FILE: at('admin-key'),
  },
  secrets: ['postgres-password', 'admin-cert', 'admin-key'],
};

/** Settings of the plain file that name a server which this process has no principal for. */
function withoutServers(name: string): Record<string, string> {
  const servers = serversOf(name);
  return {
    ...(!servers.has('kafka') && { KAFKA_BROKERS: '' }),
    ...(!servers.has('postgres') && { DATABASE_URL: '', DATABASE_PASSWORD_FILE: '' }),
    ...(!servers.has('redis') && { REDIS_URL: '' }),
  };
}

function serviceOf(name: string, parts: readonly Part[], more: object = {}) {
  return {
    ...more,
    environment: Object.assign(
      { PRODUCTION_EXCEPTIONS: EXCEPTIONS },
      ...parts.map(({ environment }) => environment),
    ) as Record<string, string>,
    // Instead of the plain file's, among which is the superuser's password.
    secrets: ['ca', ...(KEPT[name] ?? []), ...parts.flatMap(({ secrets }) => secrets)],
  };
}

function processService(name: string) {
  const servers = serversOf(name);
  const signs = CONTRACTS.some((contract) => contract.name === name);
  const parts: Part[] = [
    { environment: withoutServers(name), secrets: [] },
    ...(servers.has('kafka') ? [kafkaPart(name)] : []),
    ...(servers.has('postgres') ? [databasePart(name)] : []),
    ...(servers.has('redis') ? [redisPart(name)] : []),
    ...(signs
      ? [
          {
            environment: { REPLY_KEY_FILE: at(passwordName('replies', name)) },
            secrets: [passwordName('replies', name)],
          },
        ]
      : []),
    ...(name === 'engine'
      ? [{ environment: { REPLY_KEYS_FILE: at('reply-keys') }, secrets: ['reply-keys'] }]
      : []),
    ...(name === 'payment'
      ? [
          {
            environment: {
              GATEWAY_WEBHOOK_TLS_CERT_FILE: at('webhooks-cert'),
              GATEWAY_WEBHOOK_TLS_KEY_FILE: at('webhooks-key'),
            },
            secrets: ['webhooks-cert', 'webhooks-key'],
          },
        ]
      : []),
    ...(name === 'gateway'
      ? [
          {
            environment: {
              GATEWAY_WEBHOOK_URL: 'https://payment:8081/webhooks/stripe',
              NODE_EXTRA_CA_CERTS: at('ca'),
            },
            secrets: [],
          },
        ]
      : []),
  ];
  return serviceOf(name, parts, { depends_on: { grant: { condition: 'service_completed_successfully' } } });
}

/** The image's script refuses listeners named SSL without a keystore of its own form, so they have names of ours. */
function brokerService(broker: string) {
  return {
    environment: {
      KAFKA_LISTENERS: 'CLIENTS://:9092,BROKERS://:9094,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `CLIENTS://${broker}:9092,BROKERS://${broker}:9094`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CLIENTS:SASL_SSL,BROKERS:SSL,CONTROLLER:SSL',
      KAFKA_INTER_BROKER_LISTENER_NAME: 'BROKERS',
      KAFKA_SASL_ENABLED_MECHANISMS: 'SCRAM-SHA-512',
      KAFKA_LISTENER_NAME_CLIENTS_SCRAM___SHA___512_SASL_JAAS_CONFIG:
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      KAFKA_SSL_KEYSTORE_TYPE: 'PEM',
      KAFKA_SSL_KEYSTORE_LOCATION: at('broker'),
      KAFKA_SSL_TRUSTSTORE_TYPE: 'PEM',
      KAFKA_SSL_TRUSTSTORE_LOCATION: at('ca'),
      // Between brokers, and for the administrator, a certificate says who one is: nobody has a password yet.
      KAFKA_LISTENER_NAME_BROKERS_SSL_CLIENT_AUTH: 'required',
      KAFKA_LISTENER_NAME_CONTROLLER_SSL_CLIENT_AUTH: 'required',
      KAFKA_SSL_PRINCIPAL_MAPPING_RULES: 'RULE:^CN=([^,]+).*$$/$$1/,DEFAULT',
      KAFKA_AUTHORIZER_CLASS_NAME: 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND: 'false',
      KAFKA_SUPER_USERS: 'User:broker;User:admin',
    },
    secrets: ['ca', 'broker'],
    healthcheck: { test: ['CMD', 'bash', '-c', '</dev/tcp/localhost/9092'] },
  };
}

/** PostgreSQL takes a key that its user alone may read, and a secret's file is everybody's. Without TLS only its own container connects. */
const OWN_KEY = [
  'install -o postgres -g postgres -m 600 /run/secrets/postgres-key /run/server.key',
  "printf 'local all all trust\\nhostssl all all all scram-sha-256\\n' > /run/rules.conf",
  'exec docker-entrypoint.sh "$$@"',
].join(' && ');

const postgres = {
  entrypoint: ['bash', '-c', OWN_KEY, '--'],
  command: [
    'postgres',
    ...[
      'max_connections=200',
      'shared_buffers=256MB',
      'timezone=UTC',
      'ssl=on',
      'ssl_cert_file=/run/secrets/postgres-cert',
      'ssl_key_file=/run/server.key',
      'hba_file=/run/rules.conf',
    ].flatMap((setting) => ['-c', setting]),
  ],
  secrets: ['postgres-cert', 'postgres-key'],
};

const redis = (plain: readonly string[]) => ({
  command: [
    ...plain,
    ...[
      '--port',
      '0',
      '--tls-port',
      '6379',
      '--tls-cert-file',
      at('redis-cert'),
      '--tls-key-file',
      at('redis-key'),
    ],
    ...['--tls-ca-cert-file', at('ca'), '--tls-auth-clients', 'optional', '--aclfile', at('redis-users')],
  ],
  secrets: ['ca', 'redis-cert', 'redis-key', 'redis-users'],
  healthcheck: { test: ['CMD', 'bash', '-c', '</dev/tcp/localhost/6379'] },
});

/** @param file how a job's own service starts */
const job = (file: string, after: string, part: Part) => ({
  image: 'order-saga-orchestrator',
  build: { context: '..', dockerfile: 'deploy/Dockerfile' },
  restart: 'on-failure',
  read_only: true,
  tmpfs: ['/tmp'],
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
  healthcheck: { disable: true },
  command: [file],
  depends_on: {
    [after]: { condition: after === 'postgres' ? 'service_healthy' : 'service_completed_successfully' },
  },
  ...serviceOf('', [part]),
});

/**
 * What is laid over `compose.yml`.
 * @param redisCommand the plain file's
 * @param secrets the files of every secret, by its name
 */
export function composeSecure(redisCommand: readonly string[], secrets: ReadonlyMap<string, string>) {
  const processes = processTable({
    engines: 1,
    issuers: 1,
    gateway: 'simulator',
    shop: false,
    observe: false,
  });
  const superuser = {
    DATABASE_URL: 'postgresql://postgres@postgres:5432/saga',
    DATABASE_PASSWORD_FILE: at('postgres-password'),
    NODE_ENV: 'production',
  };
  const administrator = { ...ADMINISTRATOR, environment: { ...superuser, ...ADMINISTRATOR.environment } };
  const passwords = [
    ...KAFKA_USERS.map((user) => passwordName('kafka', user)),
    ...DATABASE_ROLES.map((role) => passwordName('database', role)),
  ];
  return {
    services: {
      ...Object.fromEntries(BROKERS.map((broker) => [broker, brokerService(broker)])),
      postgres,
      redis: redis(redisCommand),
      permit: {
        ...job('scripts/run/permit.ts', 'postgres', {
          environment: { ...administrator.environment, PASSWORDS_FOLDER: '/run/secrets' },
          secrets: [...administrator.secrets, ...passwords],
        }),
        depends_on: Object.fromEntries(
          ['postgres', ...BROKERS].map((name) => [name, { condition: 'service_healthy' }]),
        ),
      },
      topics: {
        ...serviceOf('topics', [
          { environment: { DATABASE_URL: '', REDIS_URL: '', DATABASE_PASSWORD_FILE: '' }, secrets: [] },
          kafkaPart(SET_UP),
        ]),
        depends_on: { permit: { condition: 'service_completed_successfully' } },
      },
      migrate: serviceOf('migrate', [
        { environment: { KAFKA_BROKERS: '', REDIS_URL: '' }, secrets: [] },
        databasePart(OWNER),
      ]),
      grant: job('scripts/run/grant.ts', 'migrate', {
        environment: { ...superuser, DATABASE_TLS: 'verify-full', DATABASE_CA_FILE: at('ca') },
        secrets: ['postgres-password'],
      }),
      ...Object.fromEntries(processes.map(({ name }) => [name, processService(name)])),
      [POSTGRES_EXPORTER]: {
        environment: {
          DATA_SOURCE_URI: `postgres:5432/postgres?sslmode=verify-full&sslrootcert=${at('ca')}`,
          DATA_SOURCE_USER: POSTGRES_EXPORTER,
          DATA_SOURCE_PASS_FILE: at(passwordName('database', POSTGRES_EXPORTER)),
        },
        secrets: ['ca', passwordName('database', POSTGRES_EXPORTER)],
      },
      [REDIS_EXPORTER]: {
        environment: {
          REDIS_ADDR: 'rediss://redis:6379',
          REDIS_USER: REDIS_EXPORTER,
          REDIS_PASSWORD_FILE: at('redis-exporter-passwords'),
          REDIS_EXPORTER_TLS_CA_CERT_FILE: at('ca'),
          REDIS_EXPORTER_CONFIG_COMMAND: '-',
        },
        secrets: ['ca', 'redis-exporter-passwords'],
      },
    },
    secrets: Object.fromEntries([...secrets].map(([name, file]) => [name, { file: `./secure/${file}` }])),
  };
}
