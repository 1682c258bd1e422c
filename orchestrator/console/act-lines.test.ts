/** The lines that the console copies mean in a shell what was on the screen, whatever a person has typed. */
import { expect } from 'chai';
import { batchCommandLine, batchCurlLine, setOf } from './src/screens/batches/batch-request.ts';
import { commandLine, curlLine } from './src/screens/saga/act-lines.ts';
import { wordsOf } from './testing/shell-words.ts';

const ID = '0199d3c4-1234-7abc-8def-0123456789ab';
const request = { sagaId: ID, action: 'skip', revision: 7, planHash: 'ab12' };

describe('a copied line', () => {
  const reasons = [
    'plain',
    'it’s Ada’s',
    "it's 'quoted'",
    '$(touch x) `touch x` "$HOME"',
    'a\nb; rm -rf x #',
    '--yes',
  ];
  for (const reason of reasons) {
    it(`keeps a reason as it is typed: ${JSON.stringify(reason)}`, () => {
      const line = commandLine({ ...request, reason, evidence: reason });
      const given = ['skip', ID, '--evidence', reason, '--reason', reason, '--plan', 'ab12', '--yes'];
      expect(wordsOf(line).slice(5)).to.deep.equal(given);

      const words = wordsOf(curlLine('https://api.example', { ...request, reason, evidence: reason }));
      expect(words).to.include(`https://api.example/v1/sagas/${ID}/actions`);
      expect(words).to.include('authorization: Bearer of-the-reader').and.to.include('if-match: "7"');
      const body = { action: 'skip', reason, evidence: reason, planHash: 'ab12' };
      expect(JSON.parse(words.at(-1) ?? '')).to.deep.equal(body);
    });
  }

  it('of an act on many sagas names them by the filters of the list, with every letter that a person typed', () => {
    const text = `it's "a" & b=c +1 %`;
    const set = { filters: { text, stuck: 'true', minAgeMs: '300000', sort: 'oldest' } };
    const batch = { set, action: 'retry', perSecond: 5, reason: text, planHash: 'ab12' };
    const words = wordsOf(batchCommandLine(batch)).slice(5);
    const query = words[4] ?? '';
    expect(Object.fromEntries(new URLSearchParams(query))).to.deep.equal({
      text,
      stuck: 'true',
      minAgeMs: '300000',
    });
    const given = ['batch', 'run', 'retry', '--query', query, '--rps', '5'];
    expect(words).to.deep.equal([...given, '--reason', text, '--plan', 'ab12', '--yes']);

    const filter = { text, stuck: true, minAgeMs: 300_000 };
    expect(setOf(set), 'typed as the API takes it').to.deep.equal({ filter });
    const body = JSON.parse(wordsOf(batchCurlLine('https://api.example', batch)).at(-1) ?? '');
    expect(body).to.deep.equal({ action: 'retry', perSecond: 5, reason: text, planHash: 'ab12', filter });
  });

  it('of an act on some sagas names each', () => {
    const set = { sagaIds: [ID, ID.replace('ab', 'cd')] };
    const words = wordsOf(
      batchCommandLine({ set, action: 'pause', perSecond: 20, reason: 'x', planHash: 'ab12' }),
    );
    expect(words.slice(8, 10)).to.deep.equal(set.sagaIds);
  });
});
