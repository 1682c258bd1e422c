/** No command writes foreign text to a terminal as it came. */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ledgerTable } from '../verify/ledger/ledger-table.ts';
import { root } from './stack/places.ts';

/** Those that write nothing foreign, or write through the function that escapes it. */
const WRITERS = [
  'scripts/run/terminal.ts',
  // Its own progress, which returns to the start of the line.
  'scripts/verify/simulate.ts',
  // The output of tools, colours included.
  'scripts/run/test/program.ts',
  'scripts/run/test.ts',
  'scripts/run/system/fixtures/supervisor.ts',
];
const FOREIGN = 'ada\u001b[2J\u001b]0;title\u0007\r\u009b1A';

describe('what the commands show', () => {
  it('is written by one function, which lets no control character through', () => {
    const files = globSync('scripts/**/*.ts', { cwd: root }).filter(
      (file) => !/\.(test|int|e2e)\.ts$/.test(file),
    );
    const writers = files.filter((file) =>
      /process\.std(out|err)\.write|console\./.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(files.length).to.be.above(100);
    expect(writers.filter((file) => !WRITERS.includes(file))).to.deep.equal([]);
  });

  it('of a result, an advice or an error holds foreign text escaped', () => {
    const program = `
      import { out, say } from '#scripts/run/terminal.ts';
      import { runMain } from '#scripts/run/stack/problem.ts';
      out(${JSON.stringify(FOREIGN)});
      say(${JSON.stringify(FOREIGN)});
      await runMain(() => Promise.reject(new Error(${JSON.stringify(FOREIGN)})));`;
    const shown = execFileSync(
      'sh',
      ['-c', '"$0" --input-type=module-typescript -e "$1" 2>&1 || true', process.execPath, program],
      { cwd: root, encoding: 'utf8' },
    );
    expect(shown.match(/ada\\u001b\[2J\\u001b\]0;title\\u0007\\u000d\\u009b1A/g)).to.have.length(3);
    expect(shown).not.to.match(/[^\P{Cc}\n]/u);
  });

  it('of a broken invariant is a line of its own, whatever an id holds', () => {
    const shown = ledgerTable([
      {
        name: 'ends',
        rule: 'every order ends',
        counted: {},
        violations: 1,
        ms: 0,
        examples: [{ id: 'a', what: 'customer eve\nall hold' }],
      } as Parameters<typeof ledgerTable>[0][number],
    ]);
    expect(shown.split('\n')).not.to.include('all hold');
    expect(shown).to.include('  a  customer eve\\u000aall hold');
  });
});
