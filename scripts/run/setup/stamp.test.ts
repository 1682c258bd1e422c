import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { isStamped, keyOf, stamp } from './stamp.mjs';

describe('stamps of the set-up', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stamp-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('holds while nothing changes, and no longer when a file or a version does', () => {
    const file = join(folder, 'lock.json');
    writeFileSync(file, 'one');
    const key = keyOf(['v1'], [file]);
    stamp('step', key, folder);
    expect(isStamped('step', keyOf(['v1'], [file]), folder)).to.equal(true);
    expect(isStamped('step', keyOf(['v2'], [file]), folder)).to.equal(false);
    writeFileSync(file, 'two');
    expect(isStamped('step', keyOf(['v1'], [file]), folder)).to.equal(false);
  });

  it('sees a file that comes or goes in a folder', () => {
    const before = keyOf([], [folder]);
    writeFileSync(join(folder, 'new.prisma'), '');
    expect(keyOf([], [folder])).not.to.equal(before);
  });

  it('is not there before the step was done', () => {
    expect(isStamped('other', keyOf([], []), folder)).to.equal(false);
  });
});
