/** Prisma's schema engine as WebAssembly: the native one is a download that not every network lets through. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { root } from '../stack/places.ts';

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

/** Opens the engine on a database. Its owner calls `free()` in the end. */
export async function openEngine(databaseUrl: string): Promise<SchemaEngine> {
  const glue = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const file = new URL(
    'schema_engine_bg.wasm',
    import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'),
  );
  const wasm = new WebAssembly.Module(readFileSync(file));
  const instance = new WebAssembly.Instance(wasm, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as (() => void) | undefined)?.();
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: databaseUrl }));
  return glue.SchemaEngine.new({ datamodels: schemaFiles() }, () => {}, adapter);
}
