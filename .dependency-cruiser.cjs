/**
 * Import rules: protocol ← platform ← runtime ← each participant, and engine ← store, broker ← http. Clients of other
 * systems are built in main files. Tests may import anything.
 */
const test = '\\.(test|int|e2e)\\.ts$|(^|/)testing(/|\\.ts$)';
const main = '(^|[/.])main\\.ts$';
const ours = '^(auditor|orchestrator|participants|scripts|prisma)/';

/** Modules that are not files of ours: npm packages and Node's own. */
const outside = '^(node_modules/|node:|[^/]+$)';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other, for types too, are one file, or three.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-imports-main',
      comment: 'A main file is a process: it is run, never imported.',
      severity: 'error',
      from: {},
      to: { path: main, pathNot: outside },
    },
    {
      name: 'protocol-imports-itself',
      comment: 'participants/protocol is what both ends of a topic agree on: it imports itself and packages.',
      severity: 'error',
      from: { path: '^participants/protocol/', pathNot: test },
      to: { path: ours, pathNot: '^participants/protocol/' },
    },
    {
      name: 'platform-imports-protocol',
      comment:
        'participants/platform adapts Kafka, PostgreSQL and HTTP for every process: of ours it imports protocol.',
      severity: 'error',
      from: { path: '^participants/platform/', pathNot: test },
      to: { path: ours, pathNot: '^participants/(platform|protocol)/|^prisma/generated/' },
    },
    {
      name: 'runtime-imports-platform',
      comment: 'The runtime of a participant stands on protocol and platform.',
      severity: 'error',
      from: { path: '^participants/runtime/', pathNot: test },
      to: { path: ours, pathNot: '^participants/(runtime|platform|protocol)/' },
    },
    {
      name: 'auditor-imports-platform',
      comment:
        'The auditor reads every schema and trusts no code that writes one: of ours it imports protocol, platform and the list of participants.',
      severity: 'error',
      from: { path: '^auditor/', pathNot: test },
      to: {
        path: ours,
        pathNot: '^auditor/|^participants/(protocol|platform)/|^participants/registry\\.ts$',
      },
    },
    {
      name: 'only-scripts-import-the-auditor',
      comment: 'Nothing that the auditor judges depends on it.',
      severity: 'error',
      from: { path: '^(orchestrator|participants)/', pathNot: test },
      to: { path: '^auditor/' },
    },
    {
      name: 'contract-imports-protocol',
      comment: 'A contract is schemas: it stands on protocol alone.',
      severity: 'error',
      from: { path: '^participants/[^/]+/contract\\.ts$', pathNot: '^participants/protocol/' },
      to: { path: ours, pathNot: '^participants/protocol/' },
    },
    {
      name: 'participants-without-orchestrator',
      comment: 'A participant imports nothing of the orchestrator.',
      severity: 'error',
      from: { path: '^participants/', pathNot: test },
      to: { path: '^orchestrator/' },
    },
    {
      name: 'participants-without-each-other',
      comment: 'Of another participant only its contract may be imported.',
      severity: 'error',
      from: {
        path: '^participants/([^/]+)/',
        pathNot: [test, '^participants/registry\\.ts$', '^participants/access/'],
      },
      to: {
        path: '^participants/',
        pathNot: '^participants/($1|protocol|platform|runtime)/|^participants/[^/]+/contract\\.ts$',
      },
    },
    {
      name: 'orchestrator-imports-contracts',
      comment: 'Of the participants the orchestrator imports protocol, platform and the contracts.',
      severity: 'error',
      from: { path: '^orchestrator/', pathNot: [test, '^orchestrator/retention/'] },
      to: {
        path: '^participants/',
        pathNot: '^participants/(protocol|platform)/|^participants/[^/]+/contract\\.ts$',
      },
    },
    {
      name: 'retention-imports-the-registry',
      comment:
        'Retention drops months in every schema: it knows participants and sagas by their registries, and of the orchestrator the store.',
      severity: 'error',
      from: { path: '^orchestrator/retention/', pathNot: test },
      to: {
        path: '^(orchestrator|participants)/',
        pathNot:
          '^orchestrator/(retention|store)/|^orchestrator/sagas/index\\.ts$|^participants/(protocol|platform)/|^participants/registry\\.ts$',
      },
    },
    {
      name: 'engine-is-pure',
      comment:
        'The engine imports protocol, platform’s batching, log and metrics, xstate, zod and Node’s own modules: no Kafka, no PostgreSQL, no HTTP. Adapters implement its ports.',
      severity: 'error',
      from: { path: '^orchestrator/engine/', pathNot: test },
      to: {
        pathNot:
          '^orchestrator/engine/|^participants/protocol/|^participants/platform/(batching/|process/(log|metrics)\\.ts$)|^node_modules/(xstate|zod)/',
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'step-is-pure',
      comment: 'The pure step reads no clock, no log and no metric.',
      severity: 'error',
      from: { path: '^orchestrator/engine/(step|definition)/', pathNot: test },
      to: { path: ['^participants/platform/', '^orchestrator/engine/[^/]+/(sweeper)'] },
    },
    {
      name: 'sagas-are-definitions',
      comment: 'A saga’s definition stands on contracts, protocol and the engine.',
      severity: 'error',
      from: { path: '^orchestrator/sagas/', pathNot: test },
      to: { path: '^(orchestrator|scripts|prisma)/', pathNot: '^orchestrator/(sagas|engine)/' },
    },
    {
      name: 'adapters-import-the-engine',
      comment:
        'store and broker implement ports: of the orchestrator they import the engine, never http or a saga.',
      severity: 'error',
      from: { path: '^orchestrator/(store|broker)/', pathNot: test },
      to: { path: '^orchestrator/', pathNot: ['^orchestrator/engine/', '^orchestrator/$1/'] },
    },
    {
      name: 'batches-import-the-store',
      comment:
        'Batches, and what is done to dead letters and to many sagas, stand on the store and the engine’s definitions: HTTP is one of their callers.',
      severity: 'error',
      from: { path: '^orchestrator/(batches|dead-letters|saga-batches)/', pathNot: test },
      to: {
        path: '^orchestrator/',
        pathNot: '^orchestrator/(engine|store|batches|dead-letters|saga-batches)/',
      },
    },
    {
      name: 'cli-and-console-speak-http',
      comment:
        'The command line and the console talk to the HTTP API, as any client does; they share how text is made printable, the schema of the filter of sagas, and the shape of the plan of an act on a batch.',
      severity: 'error',
      from: { path: '^orchestrator/(cli|console)/', pathNot: test },
      to: {
        path: '^(orchestrator|participants|prisma)/',
        pathNot:
          '^orchestrator/(cli|console)/|^orchestrator/sagas/search\\.ts$|^orchestrator/store/batch-act-plan\\.ts$|^participants/platform/process/printable\\.ts$',
      },
    },
    {
      name: 'only-the-console-loads-the-browser’s-packages',
      comment:
        'What runs in a browser is built into files: no process loads React or its kind, nor the builder.',
      severity: 'error',
      from: {
        path: '^(auditor|orchestrator|participants|scripts)/',
        pathNot: [test, '^orchestrator/console/'],
      },
      to: { path: '^node_modules/(react|react-dom|@mantine|@tanstack|vite|@vitejs)/' },
    },
    {
      name: 'nothing-imports-the-console',
      comment:
        'The API serves the console’s built files; of its sources only its own build is imported, by commands.',
      severity: 'error',
      from: { pathNot: [test, '^orchestrator/console/', '^scripts/operate/console/'] },
      to: { path: '^orchestrator/console/', dependencyTypesNot: ['npm'] },
    },
    {
      name: 'only-main-builds-clients',
      comment:
        'Clients of databases and of other systems are built in main files and adapters; elsewhere only their types are named.',
      severity: 'error',
      from: {
        path: '^(auditor|orchestrator|participants)/',
        pathNot: [test, main, '^participants/platform/', '^orchestrator/broker/'],
      },
      to: {
        path: '^node_modules/(ioredis|pg|nodemailer|@prisma/adapter-pg|@confluentinc/kafka-javascript|@platformatic/kafka)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'producing-kafka-client-has-one-importer',
      comment:
        'Only broker-client.ts, and access-client.ts for set-up, import @platformatic/kafka, types included, through broker-library.ts; everything else produces and administers through them.',
      severity: 'error',
      from: {
        pathNot: '^participants/platform/kafka/(broker-(client|library)|access-client)\\.ts$|^node_modules/',
      },
      to: { path: '^node_modules/@platformatic/kafka/' },
    },
    {
      name: 'consuming-kafka-client-has-one-importer',
      comment:
        'Only consumer-client.ts imports @confluentinc/kafka-javascript, types included; everything else consumes through it. A test’s process meets the moment at which the client leaves.',
      severity: 'error',
      from: {
        pathNot: '^participants/platform/kafka/(consumer-client|testing/leaving)\\.ts$|^node_modules/',
      },
      to: { path: '^node_modules/@confluentinc/kafka-javascript/' },
    },
    {
      name: 'only-admin-surfaces-load-prisma',
      comment:
        'Loading Prisma’s client takes 0.15 s: only the processes that serve the admin surface do; stores name its types.',
      severity: 'error',
      from: {
        path: '^(auditor|orchestrator|participants)/',
        pathNot: [
          test,
          '^participants/platform/postgres/prisma\\.ts$',
          '^orchestrator/run-api\\.ts$',
          '^participants/coupon/api/main\\.ts$',
        ],
      },
      to: {
        path: '^(participants/platform/postgres/prisma\\.ts$|prisma/generated/)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'product-imports-no-scripts',
      comment: 'Scripts stand on the product, not the other way round.',
      severity: 'error',
      from: { path: '^(auditor|orchestrator|participants)/', pathNot: test },
      to: { path: '^scripts/' },
    },
    {
      name: 'resolvable',
      comment: 'An import that resolves to nothing.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // TypeScript 7 has no parser for other programs to use.
    parser: 'swc',
    doNotFollow: { path: 'node_modules|^prisma/generated' },
    // Tests may import anything, and the parser does not know `using` yet.
    exclude: { path: '^\\.local/|^(?!node_modules/@platformatic/).*/dist/|\\.(test|int|e2e)\\.ts$' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs'],
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'require', 'default', 'types'],
    },
  },
};
