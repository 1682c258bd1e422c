import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ensureIssued } from './certificates.ts';

describe('the certificates of a secured stack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  after(() => rmSync(folder, { recursive: true }));

  // Regression: three brokers each made the one they share, and one read a file that another had renamed.
  it('are made once for all who need them at the same time, each with its own key', async () => {
    const names = ['broker', 'broker', 'broker', 'redis'];
    const issued = await Promise.all(names.map((name) => ensureIssued(folder, name)));
    expect(issued[1]).to.deep.equal(issued[0]);
    const authority = new X509Certificate(readFileSync(join(folder, 'ca.pem')));
    for (const { cert, key, both } of issued) {
      const certificate = new X509Certificate(readFileSync(cert));
      expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(key)))).to.equal(true);
      expect(certificate.verify(authority.publicKey)).to.equal(true);
      expect(readFileSync(both, 'utf8')).to.equal(readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'));
    }
  });
});
