/** `--help` shows how a command is used, and runs nothing. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import manifest from '../../package.json' with { type: 'json' };
import { root } from './stack/places.ts';

/** Passes its arguments on to the formatter. */
const OTHERS = ['format'];
const FURTHER = [
  ['bench orders', 'scripts/verify/bench/main.ts', 'orders'],
  ['chaos coupons', 'scripts/verify/chaos.ts', 'coupons'],
] as const;

describe('a command with --help', () => {
  const commands = Object.entries(manifest.scripts)
    .filter(([name]) => !OTHERS.includes(name))
    .map(([name, script]) => [name, script.split(' ').at(-1) ?? ''] as const);

  for (const [name, file, ...args] of [...commands, ...FURTHER]) {
    it(`shows its usage: ${name}`, async () => {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [file, ...args, '--help'], {
        cwd: root,
      });
      expect(stdout).to.match(new RegExp(`^usage: npm (run )?${name.split(' ')[0]}|^Usage: `, 'i'));
      expect(stderr).to.equal('');
    });
  }
});
