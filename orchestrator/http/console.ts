/**
 * Serves the web console's files, which `npm run build` makes, under `/console/`. The files are read once, into memory, and each
 * is found by its whole name: no path of a request reaches the disk.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Request, type Response, Router } from 'express';
import { Problem } from '#platform/http/problem.ts';
import { measure, onlyMethods, type Routes } from '#platform/http/resource.ts';

/** Where the build puts the files. */
export const CONSOLE_FILES = join(import.meta.dirname, '../console/dist');

/** Stands in the page for the nonce of each answer. */
const NONCE = '__NONCE__';
const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** How the console's users sign in, beside a token in the link: by code with PKCE at an OpenID Connect issuer. */
export interface ConsoleSignIn {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** Origins of the issuer's addresses, where they are other ones than its own. */
  readonly origins: readonly string[];
}

/** Where the console's people sign in, and what its pages read beside this API. */
export interface ConsoleSurroundings {
  readonly signIn: readonly ConsoleSignIn[];
  /** Where browsers reach the coupon API; null: its campaigns are not shown. */
  readonly couponsUrl: string | null;
}

interface File {
  readonly type: string;
  readonly plain: Buffer;
  /** Made by the build, where it is smaller. */
  readonly gzip: Buffer | null;
}

/** Adds `/console/`: the page for every view's address, its assets, and its surroundings. @param folder the built files */
export function consoleRoutes(
  { router }: Pick<Routes, 'router'>,
  surroundings: ConsoleSurroundings,
  folder = CONSOLE_FILES,
): void {
  const assets = readFiles(join(folder, 'assets'));
  const page = existsSync(join(folder, 'index.html'))
    ? readFileSync(join(folder, 'index.html'), 'utf8')
    : null;
  const settings = JSON.stringify(surroundings);

  // Files are no operations of the API: its document does not describe them.
  const files = Router();
  router.use('/console', files);

  serve(files, '/assets/:name', (request, response) => {
    const file = assets.get(String(request.params['name']));
    if (file === undefined) throw new Problem('not-found', 'There is no such file');
    // Its name has a hash of its content.
    response.setHeader('cache-control', 'public, max-age=31536000, immutable');
    response.setHeader('vary', 'Accept-Encoding');
    const packed = file.gzip !== null && request.acceptsEncodings('gzip') === 'gzip' ? file.gzip : null;
    if (packed !== null) response.setHeader('content-encoding', 'gzip');
    response.setHeader('content-type', file.type).end(packed ?? file.plain);
  });

  serve(files, '/settings.json', (_request, response) => {
    response.setHeader('cache-control', 'no-store').type('application/json').end(settings);
  });

  // Every view has an address of its own, and all of them are this page.
  serve(files, '/{*view}', (request, response) => {
    if (page === null) throw new Problem('not-found', 'The console has not been built: `npm run build` does');
    if (request.originalUrl === '/console') return response.redirect(308, '/console/');
    const nonce = randomBytes(16).toString('base64');
    response.setHeader('content-security-policy', policyOf(surroundings, nonce));
    response.setHeader('cache-control', 'no-store').type('html').end(page.replaceAll(NONCE, nonce));
  });
}

/**
 * The page runs its own files only, and connects to this API, the coupon API and the issuers only. Styles that are made as the page runs bear the
 * answer's nonce.
 */
function policyOf({ signIn, couponsUrl }: ConsoleSurroundings, nonce: string): string {
  const issuers = signIn.flatMap(({ issuer, origins }) => [new URL(issuer).origin, ...origins]);
  const coupons = couponsUrl === null ? [] : [new URL(couponsUrl).origin];
  const directives = {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'", `'nonce-${nonce}'`],
    'img-src': ["'self'", 'data:'],
    'connect-src': ["'self'", ...new Set([...coupons, ...issuers])],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ');
}

function serve(files: Router, path: string, handle: (request: Request, response: Response) => void): void {
  // One name for all views: whatever is in an address is no label of a metric.
  files.get(path, measure(`/console${path}`), handle);
  onlyMethods(files, path, ['GET', 'HEAD']);
}

function readFiles(folder: string): ReadonlyMap<string, File> {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder);
  return new Map(
    names.flatMap((name) => {
      const type = TYPES[name.slice(name.lastIndexOf('.') + 1)];
      if (type === undefined) return [];
      const gzip = names.includes(`${name}.gz`) ? readFileSync(join(folder, `${name}.gz`)) : null;
      return [[name, { type, plain: readFileSync(join(folder, name)), gzip }] as const];
    }),
  );
}
