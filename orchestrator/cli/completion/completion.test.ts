/** The completions in the shells themselves. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ensureSystemPackages } from '#scripts/run/setup/system.mjs';
import { run } from '../program.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** What is typed, and some words that it offers and others that it does not. */
const CASES: ReadonlyArray<{
  readonly typed: readonly string[];
  readonly offers: readonly string[];
  readonly not: readonly string[];
}> = [
  { typed: [''], offers: ['list', 'brake', 'profile', 'completion', 'help'], not: ['set', '--url'] },
  { typed: ['br'], offers: ['brake'], not: ['list'] },
  { typed: ['brake', ''], offers: ['list', 'get', 'set', 'release'], not: ['brake', 'retry'] },
  { typed: ['--url', 'list', 'brake', 's'], offers: ['set'], not: ['release'] },
  { typed: ['-o', 'json', 'campaign', 'c'], offers: ['create', 'close'], not: ['list'] },
  { typed: ['list', '--st'], offers: ['--status', '--stuck', '--state'], not: ['--limit'] },
  { typed: ['list', '--status', ''], offers: ['running', 'completed'], not: ['--stuck', 'list'] },
  { typed: ['list', '--sort', 'o'], offers: ['oldest'], not: ['newest'] },
  { typed: ['retry', '01a', '--re'], offers: ['--reason'], not: ['--yes'] },
  { typed: ['get', '-o', 'j'], offers: ['json', 'jsonl'], not: ['table'] },
  { typed: ['list', '--customer', ''], offers: [], not: ['--stuck', 'list'] },
  { typed: ['completion', ''], offers: ['bash', 'zsh', 'fish'], not: ['list'] },
];

describe('completions', () => {
  let folder: string;
  before(async () => {
    const shells = ['zsh', 'fish'];
    await ensureSystemPackages('the tests of the completions', { apt: shells, brew: shells }, () => {});
    folder = mkdtempSync(join(tmpdir(), 'completion-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const shell of SHELLS) {
    it(`of ${shell} offer the verbs, options and values that may follow, and nothing else`, async () => {
      const script = join(folder, `saga.${shell}`);
      writeFileSync(script, await completionOf(shell));
      for (const { typed, offers, not } of CASES) {
        const offered = offeredBy(shell, script, typed);
        expect(offered, `saga ${typed.join(' ')}`).to.include.members([...offers]);
        for (const word of not) expect(offered, `saga ${typed.join(' ')}`).not.to.include(word);
      }
    });
  }

  it('of zsh are registered by its own compinit', async () => {
    const script = join(folder, 'registered.zsh');
    writeFileSync(script, await completionOf('zsh'));
    const body = 'autoload -U compinit; compinit -u -D; source "$1"; print -r -- $_comps[saga]';
    expect(execFileSync('zsh', ['-f', '-c', body, 'zsh', script], { encoding: 'utf8' })).to.equal('_saga\n');
  });

  it('are of no other shell', async () => {
    const said: string[] = [];
    expect(await runWith(['completion', 'tcsh'], (text) => said.push(text))).to.equal(2);
    expect(said.join()).to.include('bash, zsh, fish');
  });
});

async function completionOf(shell: Shell): Promise<string> {
  const written: string[] = [];
  expect(await runWith(['completion', shell], (text) => written.push(text))).to.equal(0);
  return `${written.join('\n')}\n`;
}

/** The words that the shell offers for the last of the typed ones. */
function offeredBy(shell: Shell, script: string, typed: readonly string[]): string[] {
  const words = ['saga', ...typed];
  const output = execFileSync(shell, argumentsOf(shell, script, words), { encoding: 'utf8' });
  return output
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '')
    .filter((word) => word !== '');
}

function argumentsOf(shell: Shell, script: string, words: readonly string[]): string[] {
  if (shell === 'fish')
    return ['--no-config', '-c', 'source $argv[1]; complete -C "$argv[2]"', script, words.join(' ')];
  if (shell === 'zsh') {
    // The function that decides is the one that the shell calls; it prints here what is offered there.
    const body = `compdef() { : }; source "$1"; shift
      local -a offered values; _saga_offered "$@"
      for one in "$values[@]" "\${(@)offered%%:*}"; do [[ $one == "\${@[-1]}"* ]] && print -r -- "$one"; done; true`;
    return ['-f', '-c', body, 'zsh', script, ...words];
  }
  const body = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _saga; printf '%s\n' "\${COMPREPLY[@]}"`;
  return ['--norc', '-c', body, 'bash', script, ...words];
}

function runWith(args: readonly string[], write: (text: string) => void) {
  return run(args, {
    environment: {},
    local: { url: async () => null, token: async () => '' },
    out: write,
    say: write,
    ask: null,
    now: () => 0,
    pause: async () => {},
    signal: new AbortController().signal,
  });
}
