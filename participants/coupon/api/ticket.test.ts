/** A ticket names its principal for half a minute, and no altered or foreign text is a ticket. */
import { expect } from 'chai';
import { MAX_SUBJECT_LENGTH } from '#platform/process/auth-tokens.ts';
import { REQUEST_ID_PURPOSE } from './request-id.ts';
import { sealUnder } from './seal.ts';
import { readTicket, TICKET_MS, TICKET_PURPOSE, writeTicket } from './ticket.ts';

const secret = new TextEncoder().encode('a secret of at least thirty-two characters');
const seal = sealUnder(secret, TICKET_PURPOSE);
const NOW = 1_790_000_000_000;
const DIGEST = '00ff'.repeat(8);
const ada = {
  subject: 'ada / 김',
  role: 'customer',
  proof: { token: DIGEST, issuedAtMs: NOW - 60_000 },
} as const;

describe('a ticket', () => {
  it('names its principal', () => {
    const read = readTicket(seal, writeTicket(seal, ada, NOW), NOW);
    expect(read).to.deep.include({ principal: ada, expiresAtMs: NOW + TICKET_MS });
  });

  it('names what proved its principal, so that the socket it opens ends with that', () => {
    for (const proof of [{ token: null, issuedAtMs: NOW }, { apiKey: '0123456789abcdef' }]) {
      const principal = { ...ada, proof };
      expect(readTicket(seal, writeTicket(seal, principal, NOW), NOW)?.principal).to.deep.equal(principal);
    }
  });

  it('holds the longest subject', () => {
    const principal = { ...ada, subject: '김'.repeat(MAX_SUBJECT_LENGTH) };
    expect(readTicket(seal, writeTicket(seal, principal, NOW), NOW)?.principal).to.deep.equal(principal);
  });

  it('has a nonce of its own', () => {
    const nonces = Array.from(
      { length: 100 },
      () => readTicket(seal, writeTicket(seal, ada, NOW), NOW)?.nonce,
    );
    expect(new Set(nonces).size).to.equal(100);
  });

  it('is valid until it expires', () => {
    const text = writeTicket(seal, ada, NOW);
    expect(readTicket(seal, text, NOW + TICKET_MS - 1)).not.to.equal(null);
    expect(readTicket(seal, text, NOW + TICKET_MS)).to.equal(null);
  });

  it('is invalid when changed, cut, or sealed for another purpose', () => {
    const text = writeTicket(seal, ada, NOW);
    const forged = [
      `B${text.slice(1)}`,
      text.slice(0, -1),
      `${text}A`,
      '',
      writeTicket(sealUnder(secret, REQUEST_ID_PURPOSE), ada, NOW),
    ];
    for (const other of forged) expect(readTicket(seal, other, NOW), other).to.equal(null);
  });
});
