/** The journal's chain reveals what is done to it beside the engine, names the entry, and lives through an erasure. */
import { expect } from 'chai';
import { inventoryReserved, order, unstarted } from '#orchestrator/sagas/order/testing/given.ts';
import { moveOf } from '#orchestrator/store/testing/bench.ts';
import { type ChainedEntry, contentDigest, linkHash } from './journal-chain.ts';
import { start } from './testing/messages.ts';
import {
  type ChainHead,
  erasedDigest,
  type StoredLink,
  type Vouched,
  verifyJournal,
} from './verify-journal.ts';

const { move } = moveOf(
  unstarted(order),
  start(),
  inventoryReserved,
  'payment.charged',
  'inventory.confirmed',
  'shipping.prepared',
);
const LINKS = move.entries.map((entry): StoredLink => ({ ...entry, erased: null }));
const SALT = move.after.journalSalt ?? '';
const HEAD: ChainHead = {
  sagaId: move.after.id,
  version: 5,
  hash: move.after.journalHash ?? null,
  salt: SALT,
};
const NOBODY: Vouched = new Map();

const linkAt = (version: number): StoredLink => LINKS[version - 1] as StoredLink;
const faultsOf = (links: readonly StoredLink[], head = HEAD, vouched = NOBODY) =>
  verifyJournal(head, links, vouched).faults.map(({ version, what }) => `${version}: ${what}`);
const changedAt = (version: number, change: Partial<StoredLink>) =>
  LINKS.map((link) => (link.version === version ? { ...link, ...change } : link));
const [two, three, four] = [linkAt(2), linkAt(3), linkAt(4)];

describe('the journal’s chain', () => {
  it('holds as the engine wrote it, its documents the very texts of the entries', () => {
    expect(verifyJournal(HEAD, LINKS, NOBODY)).to.deep.equal({
      entries: 5,
      erased: 0,
      unchained: [],
      unchainedAfter: [],
      faults: [],
    });
    for (const { texts, message, change, out } of move.entries as readonly ChainedEntry[])
      expect(texts).to.deep.equal({
        message: JSON.stringify(message),
        change: JSON.stringify(change),
        out: JSON.stringify(out),
      });
    expect(verifyJournal({ ...HEAD, version: 0, hash: null }, [], NOBODY).faults).to.deep.equal([]);
  });

  const changes: Partial<StoredLink>[] = [
    { messageId: 'other' },
    { at: new Date(three.at.getTime() + 1) },
    { type: 'other' },
    { fromState: 'other' },
    { toState: 'other' },
    { origin: { ...three.origin, topic: 'other' } },
    { origin: { ...three.origin, partition: 7 } },
    { origin: { ...three.origin, offset: 7 } },
    { texts: { ...three.texts, message: three.texts.message.replace('charged', 'chargeD') } },
    { texts: { ...three.texts, change: '{}' } },
    { texts: { ...three.texts, out: three.texts.out.replace('"', "'") } },
    { hash: two.hash },
  ];
  for (const change of changes)
    it(`breaks at one changed column: ${Object.keys(change)} ${JSON.stringify(change).slice(0, 60)}`, () => {
      expect(faultsOf(changedAt(3, change))).to.include('3: entry 3 has been changed');
    });

  it('breaks at a removed entry: the first, one between, several, the newest', () => {
    const without = (...versions: number[]) => LINKS.filter(({ version }) => !versions.includes(version));
    expect(faultsOf(without(1))).to.deep.equal(['1: entry 1 is missing, or entry 2 has been changed']);
    expect(faultsOf(without(3))).to.deep.equal(['3: entry 3 is missing, or entry 4 has been changed']);
    expect(faultsOf(without(2, 3))).to.deep.equal([
      '2: entries 2 to 3 are missing, or entry 4 has been changed',
    ]);
    const tail = '5: the entries from 5 on are missing: the saga bears another hash';
    expect(faultsOf(without(5))).to.deep.equal([tail]);
    expect(faultsOf([])).to.deep.equal([tail.replaceAll('5', '1')]);
  });

  it('breaks at exchanged entries', () => {
    const exchanged = LINKS.map((link) => {
      if (link.version === 2) return { ...three, version: 2 };
      return link.version === 3 ? { ...two, version: 3 } : link;
    });
    expect(faultsOf(exchanged))
      .to.include('2: entry 2 has been changed')
      .and.include('3: entry 3 has been changed');
  });

  it('breaks at an added entry, even one whose hash was computed, and at one that is there twice', () => {
    const added = { ...linkAt(5), version: 6, messageId: 'forged' };
    const hash = linkHash(linkAt(5).hash ?? '', added, contentDigest(SALT, added.texts));
    expect(faultsOf([...LINKS, { ...added, hash }])).to.deep.equal(['6: entry 6 is newer than its saga']);
    expect(faultsOf([...LINKS, { ...added, hash }], { ...HEAD, version: 6 })).to.deep.equal([
      '6: entry 6 was added: its saga does not bear its hash',
    ]);
    expect(faultsOf([...LINKS.slice(0, 4), { ...four, messageId: 'other' }, linkAt(5)])).to.deep.equal([
      '4: entry 4 is there twice',
      '4: entry 4 has been changed',
    ]);
  });

  it('passes over entries of engines that did not chain, and names those after a chained one', () => {
    const [first, second] = [linkAt(1), two].map((link) => ({ ...link, hash: null }));
    const fourth = moveOfChain(undefined, [three, four, linkAt(5)]);
    const links = [first, second, ...fourth.links] as StoredLink[];
    const head = { ...HEAD, hash: fourth.hash };
    expect(verifyJournal(head, links, NOBODY)).to.include({ entries: 5 });
    expect(verifyJournal(head, links, NOBODY)).to.deep.include({
      unchained: [1, 2],
      unchainedAfter: [],
      faults: [],
    });

    const between = moveOfChain(linkAt(1).hash ?? undefined, [three, four, linkAt(5)]);
    const mixed = [linkAt(1), { ...two, hash: null }, ...between.links];
    const report = verifyJournal({ ...HEAD, hash: between.hash }, mixed, NOBODY);
    expect(report).to.deep.include({ unchained: [2], unchainedAfter: [2], faults: [] });
    const since = verifyJournal({ ...HEAD, hash: between.hash }, mixed, NOBODY, two.at);
    expect(since.faults).to.deep.equal([{ version: 2, what: 'entry 2 has no hash: no engine wrote it' }]);
    expect(verifyJournal(head, links, NOBODY, three.at).faults).to.deep.equal([]);
  });

  it('demands no hash of a saga that is older than the chain, and of every later one', () => {
    const links = LINKS.map((link) => ({ ...link, hash: null }));
    const head = { ...HEAD, hash: null, salt: null };
    const bornMs = Number.parseInt(HEAD.sagaId.replaceAll('-', '').slice(0, 12), 16);
    const { at } = linkAt(5);
    expect(verifyJournal(head, links, NOBODY, new Date(bornMs + 1)).faults).to.deep.equal([]);
    expect(verifyJournal({ ...head, salt: SALT }, links, NOBODY, at).faults).to.deep.equal([
      { version: 5, what: 'entry 5 has no hash: no engine wrote it' },
    ]);
    expect(verifyJournal(head, links, NOBODY, new Date(bornMs)).faults).to.have.length(5);
  });

  it('does not take a hash that was taken away for an engine of before', () => {
    expect(faultsOf(changedAt(3, { hash: null }))).to.deep.equal(['4: entry 4 has been changed']);
    expect(faultsOf(changedAt(5, { hash: null }))).to.deep.equal([
      '5: the entries from 5 on are missing: the saga bears another hash',
    ]);
  });

  it('holds over a version without an entry: an incident raised from outside', () => {
    const later = moveOfChain(two.hash ?? undefined, [four]);
    expect(faultsOf([linkAt(1), two, ...later.links], { ...HEAD, hash: later.hash })).to.deep.equal([]);
  });

  it('holds where an erasure rewrote the documents and the audit says so; breaks where it does not', () => {
    const by = 'erasure';
    const erased = LINKS.map((link) => ({
      ...link,
      texts: { ...link.texts, message: '{"erased":true}' },
      erased: { by, content: contentDigest(SALT, link.texts) },
    }));
    expect(verifyJournal(HEAD, erased, new Map([[by, erasedDigest(erased)]]))).to.deep.include({
      erased: 5,
      faults: [],
    });
    expect(faultsOf(erased, HEAD, new Map([[by, 'waiting']]))).to.deep.equal([]);
    expect(faultsOf(erased)).to.deep.equal([
      '1: entry 1 has been changed: no entry of the audit says that it was erased',
    ]);
    const other = erased.map((link) =>
      link.version === 2 ? { ...link, texts: { ...link.texts, message: '{"erased":1}' } } : link,
    );
    expect(faultsOf(other, HEAD, new Map([[by, erasedDigest(erased)]]))).to.deep.equal([
      '1: entry 1 has been changed: the audit’s erasure left something else',
    ]);
    const renamed = erased.map((link) => (link.version === 4 ? { ...link, type: 'other' } : link));
    expect(faultsOf(renamed, HEAD, new Map([[by, erasedDigest(renamed)]]))).to.deep.equal([
      '4: entry 4 has been changed',
    ]);
  });
});

/** Entries chained anew, after a hash. */
function moveOfChain(previous: string | undefined, links: readonly StoredLink[]) {
  let hash = previous;
  const chained = links.map((link): StoredLink => {
    hash = linkHash(hash, link, contentDigest(SALT, link.texts));
    return { ...link, hash };
  });
  return { links: chained, hash: hash ?? null };
}
