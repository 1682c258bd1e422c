/** The chain tells whatever was done to the audit: a column changed, a link taken out, links exchanged. */
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
  it('holds when nothing was done to it, be it empty or long', () => {
    expect(brokenLink([])).to.equal(null);
    expect(brokenLink(chain(5))).to.equal(null);
  });

  for (const column of Object.keys(CHANGED) as Array<keyof AuditColumns>) {
    it(`breaks where ${column} was changed`, () => {
      const links = chain(3).map((link) => (link.seq === 2 ? { ...link, [column]: CHANGED[column] } : link));
      expect(brokenLink(links)).to.match(/^action 2 /);
    });
  }

  it('breaks where a link was taken out, and where one was replaced with its hash made anew', () => {
    expect(brokenLink(chain(3).filter(({ seq }) => seq !== 2))).to.equal('action 2 is missing');
    const forged = chain(3).map((link) => {
      if (link.seq !== 2) return link;
      const other = { ...columns(2), reason: 'forged' };
      return { ...other, previousHash: link.previousHash, hash: auditHash(link.previousHash, other) };
    });
    expect(brokenLink(forged)).to.equal('action 3 does not follow the one before');
  });
});
