/** The recorded session types verbs and options that the program still has. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Command } from 'commander';
import { program } from './program.ts';

const PAGE = new URL('recorded-night.md', import.meta.url);
const NOBODY = {
  environment: {},
  local: { url: async () => null, token: async () => '' },
  ...{ out: () => {}, say: () => {}, ask: null, now: Date.now, pause: async () => {} },
  signal: new AbortController().signal,
};

describe('the recorded session', () => {
  const typed = [...readFileSync(PAGE, 'utf8').matchAll(/^\d\d:\d\d:\d\d \$ saga ([^|\n]*)/gm)].map(
    ([, line = '']) => line.trim(),
  );

  it('types commands', () => {
    expect(typed.length).to.be.greaterThan(10);
  });

  for (const line of typed)
    it(`types what the program has: saga ${line}`, () => {
      const words = line.replaceAll(/'[^']*'/g, 'TEXT').split(' ');
      let at: Command = program(NOBODY, 'table');
      for (const word of words) {
        const next = at.commands.find((one) => one.name() === word);
        if (next === undefined) break;
        at = next;
      }
      expect(at.commands, `${at.name()} takes a verb`).to.deep.equal([]);
      const known = at.options.flatMap(({ short, long }) => [short, long]);
      for (const word of words) if (word.startsWith('-')) expect(known).to.include(word);
    });
});
