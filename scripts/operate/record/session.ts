/** Types commands into a real shell, and keeps them with what they print, as a Markdown page. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { root } from '#scripts/run/stack/places.ts';

/** Longer outputs lose their middle; the page says how many lines. */
const LINES_MAX = 24;
const TAIL = 5;

/** One command as it was typed. */
export interface Typed {
  readonly output: string;
  readonly exitCode: number;
}

export interface Session {
  /** Adds a paragraph. */
  say(paragraph: string): void;
  /**
   * Types a line behind the prompt, and keeps it with its output.
   * @param exitCode the only one with which the session goes on
   * @throws Error with the output where the command ends with another one
   */
  type(line: string, exitCode?: number): Promise<Typed>;
  /** All of it. */
  page(title: string): string;
}

/** Opens a session in which `saga` is the command line. @param environment names the API and the person */
export function openSession(environment: Readonly<Record<string, string>>): Session {
  const parts: string[] = [];
  return {
    say: (paragraph) => void parts.push(paragraph),
    async type(line, wanted = 0) {
      const at = new Date().toISOString().slice(11, 19);
      const { output, exitCode } = await runInShell(line, environment);
      if (exitCode !== wanted) throw new Error(`${line}: exit code ${exitCode}, not ${wanted}\n${output}`);
      const ended = exitCode === 0 ? [] : [`[exit code ${exitCode}]`];
      parts.push(['```', `${at} $ ${line}`, ...shortened(output), ...ended, '```'].join('\n'));
      return { output, exitCode };
    },
    page: (title) => [`# ${title}`, ...parts, ''].join('\n\n').replace(/\n+$/, '\n'),
  };
}

async function runInShell(line: string, environment: Readonly<Record<string, string>>): Promise<Typed> {
  // One pipe for both, so that they keep the order of a terminal.
  const script = `exec 2>&1; saga() { "${process.execPath}" scripts/operate/saga.ts "$@"; }; ${line}`;
  const shell = spawn('bash', ['-c', script], {
    cwd: root,
    env: { ...process.env, TZ: 'UTC', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    shell.once('error', reject);
    shell.once('close', (code) => resolve(code ?? 1));
  });
  const output = (await text(shell.stdout)).trimEnd();
  return { output, exitCode: await ended };
}

function shortened(output: string): string[] {
  if (output === '') return [];
  const lines = output.split('\n');
  if (lines.length <= LINES_MAX) return lines;
  const left = lines.length - LINES_MAX;
  return [...lines.slice(0, LINES_MAX - TAIL), `[… ${left} more lines …]`, ...lines.slice(-TAIL)];
}
