/** Builds the console's files into `dist/`, packs each with gzip, and refuses a first load that is too large. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const here = import.meta.dirname;
/** The most that a browser loads before the first view is there, gzipped. */
const FIRST_LOAD_MAX_BYTES = 350_000;

/** @returns the size of the first load in words @throws Error where it is too large */
export async function buildConsole(): Promise<string> {
  await build({ configFile: join(here, 'vite.config.ts') });
  const assets = join(here, 'dist/assets');
  const page = readFileSync(join(here, 'dist/index.html'), 'utf8');
  let firstLoad = gzipSync(page).length;
  for (const name of readdirSync(assets)) {
    const content = readFileSync(join(assets, name));
    const packed = gzipSync(content, { level: 9 });
    if (packed.length < content.length) writeFileSync(join(assets, `${name}.gz`), packed);
    if (page.includes(name)) firstLoad += Math.min(packed.length, content.length);
  }
  const kb = (bytes: number) => Math.round(bytes / 1000);
  const size = `first load ${kb(firstLoad)} kB gzipped, of at most ${kb(FIRST_LOAD_MAX_BYTES)} kB`;
  if (firstLoad > FIRST_LOAD_MAX_BYTES) throw new Error(`The console is too large: ${size}`);
  return size;
}
