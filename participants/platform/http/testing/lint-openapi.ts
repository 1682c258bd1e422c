/** For tests: lints an OpenAPI document with Redocly. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What cannot be otherwise, each with its reason. */
const PERMITTED: ReadonlyArray<{ readonly rule: string; readonly at: RegExp; readonly why: string }> = [
  {
    rule: 'operation-4xx-response',
    at: /^#\/paths\/~1(livez|readyz|metrics|openapi\.json|asyncapi\.json)\/get\/responses$/,
    why: 'They need no token and read nothing of a request, so nothing of it can be wrong.',
  },
  {
    rule: 'operation-2xx-response',
    at: /^#\/paths\/~1v1~1coupon-results\/get\/responses$/,
    why: 'It becomes a WebSocket: its success is 101.',
  },
];
const WITHIN_MS = 60_000;

interface Report {
  readonly problems: ReadonlyArray<{
    readonly ruleId: string;
    readonly message: string;
    readonly location: ReadonlyArray<{ readonly pointer?: string }>;
  }>;
}

/** The findings of all recommended rules, warnings too. */
export async function faultsOfOpenApi(document: object): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'openapi-'));
  try {
    await writeFile(join(folder, 'openapi.json'), JSON.stringify(document));
    await writeFile(join(folder, 'redocly.yaml'), 'extends: [recommended]\n');
    const { problems } = JSON.parse(await lintedIn(folder)) as Report;
    return problems
      .map(({ ruleId, message, location }) => ({ rule: ruleId, at: location[0]?.pointer ?? '', message }))
      .filter(({ rule, at }) => !PERMITTED.some((one) => one.rule === rule && one.at.test(at)))
      .map(({ rule, at, message }) => `${rule} at ${at}: ${message}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The linter's report. It ends with 1 where it finds errors. */
function lintedIn(folder: string): Promise<string> {
  const program = createRequire(import.meta.url).resolve('@redocly/cli/bin/cli.js');
  const args = [program, 'lint', 'openapi.json', '--format=json', '--max-problems=1000'];
  // It neither counts its users nor asks for a newer version here.
  const quiet = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      args,
      { cwd: folder, timeout: WITHIN_MS, maxBuffer: 50_000_000, env: { ...process.env, ...quiet } },
      (error, out, said) => {
        if (out.trimStart().startsWith('{')) resolve(out);
        else reject(new Error(`the linter gave no report: ${said}`, { cause: error }));
      },
    );
  });
}
