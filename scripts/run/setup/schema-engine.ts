/** Prisma's schema engine as WebAssembly: the native one is a download that not every network lets through. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import {
  connectionTo,
  type DatabaseSecurity,
  databaseSecurity,
} from '#platform/connections/database-security.ts';
import { root } from '../stack/places.ts';

/**
 * The longest wait for a lock. Whoever wants to write waits behind the one that waits, so a long one would hold up every order.
 */
const LOCK_MS = 1_000;

const schemaFolder = join(root, 'prisma/schema');

// Node has it; its types come only with a browser's.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
};

type WasmModule = typeof import('@prisma/schema-engine-wasm');
export type SchemaEngine = Awaited<ReturnType<WasmModule['SchemaEngine']['new']>>;

/** The schema's files, as the engine wants them: pairs of a path and a content. */
export function schemaFiles(): [string, string][] {
  return readdirSync(schemaFolder)
    .filter((name) => name.endsWith('.prisma'))
    .sort()
    .map((name) => [`prisma/schema/${name}`, readFileSync(join(schemaFolder, name), 'utf8')]);
}

let instance: Promise<WasmModule> | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Runs work with the engine on a database, one at a time in this process, and closes its connections after it. */
export function withEngine<T>(
  databaseUrl: string,
  work: (engine: SchemaEngine) => Promise<T>,
  security: DatabaseSecurity = databaseSecurity(),
): Promise<T> {
  const turn = last.then(() => onDatabase(databaseUrl, work, security));
  last = turn.catch(() => {});
  return turn;
}

async function onDatabase<T>(
  databaseUrl: string,
  work: (engine: SchemaEngine) => Promise<T>,
  security: DatabaseSecurity,
): Promise<T> {
  instance ??= instantiate();
  const { SchemaEngine } = await instance;
  const clients = new Set<pg.PoolClient>();
  const pool = new pg.Pool({
    ...connectionTo(databaseUrl, security),
    connectionTimeoutMillis: 10_000,
    options: `-c lock_timeout=${LOCK_MS}`,
  });
  pool.on('connect', (client) => void clients.add(client));
  const adapter = bindMigrationAwareSqlAdapterFactory(new WholeScripts(pool));
  const engine = await SchemaEngine.new({ datamodels: schemaFiles() }, () => {}, adapter);
  try {
    return await work(engine);
  } finally {
    engine.free();
    // The engine never returns its connections to the pool, so closing the pool alone would never resolve.
    await Promise.all([...clients].map((client) => (client as unknown as pg.Client).end()));
  }
}

/**
 * Runs a script as one query, and so as one transaction. Prisma's own splits it at each semicolon, also at those in comments and
 * bodies of functions, and commits statement by statement: a migration that failed would leave its half.
 */
class WholeScripts extends PrismaPg {
  readonly #pool: pg.Pool;
  constructor(pool: pg.Pool) {
    super(pool);
    this.#pool = pool;
  }

  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect();
    const { onError } = adapter as unknown as { onError(error: unknown): never };
    adapter.executeScript = async (script) => {
      await this.#pool.query(script).catch((error) => onError.call(adapter, error));
    };
    return adapter;
  }
}

async function instantiate(): Promise<WasmModule> {
  const glue = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const file = import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm');
  const wasm = new WebAssembly.Module(readFileSync(new URL(file)));
  const { exports } = new WebAssembly.Instance(wasm, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(exports);
  (exports.__wbindgen_start as (() => void) | undefined)?.();
  return glue;
}
