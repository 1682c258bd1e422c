import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { openReplyKeys } from './reply-keys.ts';

describe('the engine’s file of reply keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reply-keys-'));
  const file = join(folder, 'keys');
  after(() => rmSync(folder, { recursive: true }));

  it('has several keys of one participant, and is read again when it changes', async () => {
    writeFileSync(file, 'payment one\n\nshipping two\npayment three\n');
    const keys = openReplyKeys(file, ['payment', 'shipping'], silent);
    expect(keys.value.get('payment')).to.deep.equal(['one', 'three']);
    writeFileSync(file, 'payment three\nshipping two\n');
    await waitUntil(
      () => keys.value.get('payment') ?? [],
      (now) => now.join() === 'three',
    );
    keys.close();
  });

  it('must have a key of each participant', () => {
    writeFileSync(file, 'payment one\nshipping\n');
    expect(() => openReplyKeys(file, ['payment', 'shipping', 'inventory'], silent)).to.throw(
      /REPLY_KEYS_FILE names .*keys, which has no line with a key of shipping, inventory/,
    );
  });
});
