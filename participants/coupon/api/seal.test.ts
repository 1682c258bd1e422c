/** Seals under a ring of secrets: rotation loses no address, and a removed secret opens none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { type KeyRing, openKeyRing } from './key-ring.ts';
import { publicIds } from './public-ids.ts';
import { readRequestId, writeRequestId } from './request-id.ts';
import { sealUnder } from './seal.ts';

const [OLD, NEW] = [
  'the secret of yesterday, thirty-two characters',
  'the secret of today, over thirty-two characters',
];
const bytes = (...texts: string[]) => texts.map((text) => new TextEncoder().encode(text));
const REF = {
  campaignId: '0198c0de-0000-7000-8000-000000000001',
  userId: 'ada',
  key: 'k',
  acceptedAtMs: 1_700_000_000_000,
  partition: 3,
  offset: 42,
};

describe('a seal under a ring of secrets', () => {
  const ring: { secrets: KeyRing['secrets'] } = { secrets: bytes(OLD) };
  const seal = sealUnder(ring, 'test');
  const opens = (text: string) => readRequestId(seal, text) !== null;

  it('seals under the first secret, and opens under each, while it rotates', () => {
    ring.secrets = bytes(OLD);
    const ids = publicIds(seal);
    const yesterday = ids.write(REF);
    ring.secrets = bytes(OLD, NEW);
    expect(ids.write(REF)).to.equal(yesterday);
    ring.secrets = bytes(NEW, OLD);
    const today = ids.write(REF);
    expect(today).not.to.equal(yesterday);
    expect(today).to.equal(writeRequestId(sealUnder(bytes(NEW)[0] as Uint8Array, 'test'), REF));
    expect([opens(yesterday), opens(today)]).to.deep.equal([true, true]);
    ring.secrets = bytes(NEW);
    expect([opens(yesterday), opens(today)]).to.deep.equal([false, true]);
  });

  it('opens nothing of another purpose', () => {
    ring.secrets = bytes(NEW, OLD);
    expect(opens(writeRequestId(sealUnder(ring, 'another'), REF))).to.equal(false);
  });

  describe('in a file', () => {
    let folder: string;
    let file: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'key-ring-'));
      file = join(folder, 'keys');
    });
    after(() => rmSync(folder, { recursive: true }));

    it('counts within seconds of a change, and stays as it was when the change is unusable', async () => {
      writeFileSync(file, `${OLD}\n`);
      const lines: string[] = [];
      const log = { info: () => {}, throttled: (_key: string, event: string) => void lines.push(event) };
      const opened = openKeyRing(file, log);
      const own = sealUnder(opened, 'test');
      const yesterday = writeRequestId(own, REF);
      writeFileSync(file, `${NEW}\n${OLD}\n`);
      const today = await waitUntil(
        () => writeRequestId(own, REF),
        (text) => text !== yesterday,
      );
      writeFileSync(file, 'short\n');
      await waitUntil(
        () => lines,
        (seen) => seen.includes('files-not-usable'),
      );
      expect([readRequestId(own, yesterday) !== null, readRequestId(own, today) !== null]).to.deep.equal([
        true,
        true,
      ]);
      opened.close();
    });

    it('is refused with a sentence when it is empty or too long', () => {
      writeFileSync(file, '\n');
      expect(() => openKeyRing(file, silent)).to.throw(`configuration: ${file} holds no secret`);
      writeFileSync(file, `${OLD}\n`.repeat(9));
      expect(() => openKeyRing(file, silent)).to.throw('more than 8 secrets: remove the oldest');
    });
  });
});
