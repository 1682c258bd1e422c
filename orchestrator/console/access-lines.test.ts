/** The lines that the console copies of acts on keys, tokens and customers mean in a shell what was on the screen. */
import { expect } from 'chai';
import { endingLines, erasureLines, keyLines, revocationLines } from './src/screens/access/access-lines.ts';
import { wordsOf } from './testing/shell-words.ts';

const ORIGIN = 'https://api.example';
const bodyOf = (curl: string) => JSON.parse(wordsOf(curl).at(-1) ?? '') as unknown;

describe('a copied line of an act on access', () => {
  for (const typed of ['ada', 'it\'s $(touch x) `y` "z"', '--yes', 'a\nb; rm -rf x #']) {
    const approved = { reason: typed, planHash: 'ab12' };
    const ending = ['--reason', typed, '--plan', 'ab12', '--yes'];
    const saga = ['npm', 'run', '-s', 'saga', '--'];

    it(`keeps what is typed: ${JSON.stringify(typed)}`, () => {
      const key = { holder: 'shop-backend', expiresInDays: 30 };
      const made = keyLines(ORIGIN, key, approved);
      expect(wordsOf(made.command)).to.deep.equal([
        ...saga,
        ...['api-key', 'create', '--holder', 'shop-backend', '--days', '30'],
        ...ending,
      ]);
      expect(bodyOf(made.curl)).to.deep.equal({ ...key, ...approved });

      const revoked = revocationLines(ORIGIN, '0123456789abcdef', approved);
      expect(wordsOf(revoked.command)).to.deep.equal([
        ...saga,
        ...['api-key', 'revoke', '0123456789abcdef'],
        ...ending,
      ]);
      expect(wordsOf(revoked.curl)).to.include(`${ORIGIN}/v1/api-keys/0123456789abcdef/revocation`);

      const all = endingLines(ORIGIN, { subject: typed }, approved);
      expect(wordsOf(all.command)).to.deep.equal([...saga, 'token', 'end', ...ending, '--', typed]);
      expect(bodyOf(all.curl)).to.deep.equal({ subject: typed, ...approved });
      const one = endingLines(ORIGIN, { tokenId: typed }, approved);
      expect(wordsOf(one.command)).to.deep.equal([...saga, 'token', 'end', '--id', typed, ...ending]);

      const erased = erasureLines(ORIGIN, typed, approved);
      expect(wordsOf(erased.command)).to.deep.equal([...saga, 'erasure', 'request', ...ending, '--', typed]);
      expect(bodyOf(erased.curl)).to.deep.equal({ customerId: typed, ...approved });
    });
  }
});
