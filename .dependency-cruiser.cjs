/**
 * Who may import what: protocol and platform ← contract ← sagas; the engine knows neither sagas nor databases; participants know neither
 * the orchestrator nor each other; clients are built where processes are put together. Tests may import anything.
 */
const test = '\\.(test|int|e2e)\\.ts$|(^|/)testing(/|\\.ts$)';
const main = '(^|[/.])main\\.ts$';

/** Modules that are not files of ours: npm packages and Node's own. */
const outside = '^(node_modules/|node:|[^/]+$)';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment:
        'Two files that need each other when they run are one file, or three. (Types may name each other.)',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-imports-main',
      comment: 'A main file is a process: it is run, never imported.',
      severity: 'error',
      from: {},
      to: { path: main, pathNot: outside },
    },
    {
      name: 'protocol and platform-knows-nobody',
      comment:
        'participants/protocol and platform is what both ends agree on: it imports only itself and packages.',
      severity: 'error',
      from: { path: '^participants/(protocol|platform)/', pathNot: test },
      to: { path: '^(orchestrator|participants|scripts)/', pathNot: '^participants/(protocol|platform)/' },
    },
    {
      name: 'runtime-knows-protocol and platform',
      comment: 'The participants’ runtime stands on protocol and platform alone.',
      severity: 'error',
      from: { path: '^participants/runtime/', pathNot: test },
      to: {
        path: '^(orchestrator|participants|scripts)/',
        pathNot: '^participants/(runtime|protocol|platform)/',
      },
    },
    {
      name: 'contract-knows-protocol and platform',
      comment: 'A contract is schemas: it stands on protocol and platform alone.',
      severity: 'error',
      from: {
        path: '^participants/(?!protocol)[^/]+/contract\\.ts$',
        pathNot: '^participants/(protocol|platform)/',
      },
      to: { path: '^(orchestrator|participants|scripts)/', pathNot: '^participants/(protocol|platform)/' },
    },
    {
      name: 'participants-know-no-orchestrator',
      comment: 'A participant knows nothing of sagas.',
      severity: 'error',
      from: { path: '^participants/', pathNot: test },
      to: { path: '^orchestrator/' },
    },
    {
      name: 'participants-know-not-each-other',
      comment: 'Of another participant only its contract may be known.',
      severity: 'error',
      from: { path: '^participants/([^/]+)/', pathNot: test },
      to: {
        path: '^participants/',
        pathNot: '^participants/($1|protocol|platform|runtime)/|^participants/[^/]+/contract\\.ts$',
      },
    },
    {
      name: 'orchestrator-knows-contracts',
      comment: 'Of the participants the orchestrator knows protocol and platform and the contracts.',
      severity: 'error',
      from: { path: '^orchestrator/', pathNot: test },
      to: {
        path: '^participants/',
        pathNot: '^participants/(protocol|platform)/|^participants/[^/]+/contract\\.ts$',
      },
    },
    {
      name: 'engine-is-pure',
      comment:
        'The engine imports xstate, zod, protocol and platform, itself and Node’s own modules; the adapters implement its ports.',
      severity: 'error',
      from: { path: '^orchestrator/engine/', pathNot: test },
      to: {
        pathNot: '^orchestrator/engine/|^participants/(protocol|platform)/|^node_modules/(xstate|zod)/',
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'sagas-are-definitions',
      comment: 'A saga’s definition stands on contracts, protocol and platform and the engine’s own words.',
      severity: 'error',
      from: { path: '^orchestrator/sagas/', pathNot: test },
      to: { path: '^(orchestrator|scripts|prisma)/', pathNot: '^orchestrator/(sagas|engine)/' },
    },
    {
      name: 'cli-and-console-talk-http',
      comment: 'The command line and the console talk to the HTTP API, as any client does.',
      severity: 'error',
      from: { path: '^orchestrator/(cli|console)/', pathNot: test },
      to: { path: '^(orchestrator|participants|prisma)/', pathNot: '^orchestrator/(cli|console)/' },
    },
    {
      name: 'only-main-builds-clients',
      comment:
        'Clients of databases and of other systems are built in main files and Kafka adapters; elsewhere only their types are named.',
      severity: 'error',
      from: {
        path: '^(orchestrator|participants)/',
        pathNot: [test, main, '^participants/(protocol|platform)/', '^orchestrator/broker/'],
      },
      to: {
        path: '^node_modules/(ioredis|pg|nodemailer|@prisma/adapter-pg|@confluentinc/kafka-javascript|@platformatic/kafka)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'producing-kafka-client-has-one-importer',
      comment:
        'Only broker-client.ts imports @platformatic/kafka, types included; everything else produces and administers through it.',
      severity: 'error',
      from: { pathNot: '^participants/platform/kafka/broker-client\\.ts$|^node_modules/' },
      to: { path: '^node_modules/@platformatic/kafka/' },
    },
    {
      name: 'consuming-kafka-client-has-one-importer',
      comment:
        'Only consumer-client.ts imports @confluentinc/kafka-javascript, types included; everything else consumes through it.',
      severity: 'error',
      from: { pathNot: '^participants/platform/kafka/consumer-client\\.ts$|^node_modules/' },
      to: { path: '^node_modules/@confluentinc/kafka-javascript/' },
    },
    {
      name: 'only-admin-surfaces-load-prisma',
      comment:
        'Loading Prisma’s client takes 0.15 s: only the processes that serve the admin surface do; stores name its types.',
      severity: 'error',
      from: {
        path: '^(orchestrator|participants)/',
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
      name: 'product-knows-no-scripts',
      comment: 'What a person runs stands on the product, not the other way round.',
      severity: 'error',
      from: { path: '^(orchestrator|participants)/', pathNot: test },
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
    // Tests may import anything, and the parser does not support `using` yet. @platformatic/kafka is all in dist/: one rule needs it.
    exclude: { path: '^\\.local/|^(?!node_modules/@platformatic/).*/dist/|\\.(test|int|e2e)\\.ts$' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.cjs'],
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'require', 'default', 'types'],
    },
  },
};
