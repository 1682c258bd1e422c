/** The chain reveals tampering with the audit: a changed column, a removed link, exchanged links. */
import { expect } from 'chai';
import { type AuditColumns, type AuditLink, auditHash, brokenLink, CHAIN_START } from './audit-chain.ts';

const columns = (seq: number): AuditColumns => ({
  id: `id-${seq}`,
  seq,
  sagaId: 'saga',
  batchId: null,
  action: 'retry',
  revision: 3,
  actor: 'olga',
  role: 'operator',
  reason: 'because',
  params: {},
  idempotencyKey: null,
  createdAt: new Date(seq),
});

function chain(length: number): AuditLink[] {
  let previousHash = CHAIN_START;
  return Array.from({ length }, (_, i) => {
    const link = { ...columns(i + 1), previousHash, hash: auditHash(previousHash, columns(i + 1)) };
    previousHash = link.hash;
    return link;
  });
}

const CHANGED: { [Column in keyof AuditColumns]: AuditColumns[Column] } = {
  id: 'other',
  seq: 7,
  sagaId: 'other',
  batchId: 'some',
  action: 'compensate',
  revision: null,
  actor: 'otto',
  role: 'admin',
  reason: 'no reason',
  params: { a: 1 },
  idempotencyKey: 'k',
  createdAt: new Date(99),
};

describe('the audit chain', () => {
  it('holds when nobody changed it, be it empty or long', () => {
    expect(brokenLink([])).to.equal(null);
    expect(brokenLink(chain(5))).to.equal(null);
  });

  for (const column of Object.keys(CHANGED) as Array<keyof AuditColumns>) {
    it(`breaks at a changed ${column}`, () => {
      const links = chain(3).map((link) => (link.seq === 2 ? { ...link, [column]: CHANGED[column] } : link));
      expect(brokenLink(links)).to.match(/^action 2 /);
    });
  }

  it('breaks at a removed link, and at a replaced one with a new hash', () => {
    expect(brokenLink(chain(3).filter(({ seq }) => seq !== 2))).to.equal('action 2 is missing');
    const forged = chain(3).map((link) => {
      if (link.seq !== 2) return link;
      const other = { ...columns(2), reason: 'forged' };
      return { ...other, previousHash: link.previousHash, hash: auditHash(link.previousHash, other) };
    });
    expect(brokenLink(forged)).to.equal('action 3 does not continue the previous one');
  });
});
