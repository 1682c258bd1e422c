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
  planHash: null,
  createdAt: new Date(seq),
});

function chain(
  length: number,
  change = (own: AuditColumns, _before: readonly AuditLink[]) => own,
): AuditLink[] {
  const links: AuditLink[] = [];
  for (let seq = 1; seq <= length; seq++) {
    const previousHash = links.at(-1)?.hash ?? CHAIN_START;
    const own = change(columns(seq), links);
    links.push({ ...own, previousHash, hash: auditHash(previousHash, own), erasedBy: null });
  }
  return links;
}

/** Four links, of which the last says that the second was erased, as it then is. */
function erasedChain(): AuditLink[] {
  const links = chain(4, (own, before) => {
    const entries = before.filter(({ seq }) => seq === 2).map(({ seq, hash }) => [seq, hash]);
    return own.seq === 4 ? { ...own, action: 'erase-customer', params: { entries } } : own;
  });
  return links.map((link) =>
    link.seq === 2 ? { ...link, actor: 'erased', reason: 'erased', erasedBy: 'id-4' } : link,
  );
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
  planHash: 'p',
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
      return { ...link, ...other, hash: auditHash(link.previousHash, other) };
    });
    expect(brokenLink(forged)).to.equal('action 3 does not continue the previous one');
  });

  it('holds where a later link says what was erased', () => {
    expect(brokenLink(erasedChain())).to.equal(null);
  });

  it('breaks at an erased link that no later one names: not by its number, not by its hash, not as its own', () => {
    const said = /^action \d has been changed: no later action says that it was erased$/;
    const [one, two, three, four] = erasedChain() as [AuditLink, AuditLink, AuditLink, AuditLink];
    expect(brokenLink([one, two, three])).to.match(said);
    expect(brokenLink([one, two, { ...three, reason: 'x', erasedBy: 'id-4' }, four])).to.match(said);
    expect(brokenLink([one, { ...two, erasedBy: 'id-3' }, three, four])).to.match(said);
    const { erasedBy: _, ...rest } = two;
    expect(brokenLink([one, { ...rest, erasedBy: null }, three, four])).to.equal('action 2 has been changed');
    const forged = { ...two, hash: auditHash(one.hash, { ...two, reason: 'forged' }) };
    expect(brokenLink([one, forged, three, four])).to.equal('action 3 does not continue the previous one');
    const unnamed = { ...four, params: { entries: [[2, 'another']] } };
    expect(brokenLink([one, two, three, unnamed])).to.equal('action 4 has been changed');
  });
});
