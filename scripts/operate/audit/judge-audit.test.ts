/** Nothing but a complete report counts as an answer. */
import { expect } from 'chai';
import { judgeAudit } from './judge-audit.ts';

const report = (vulnerabilities: object) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities,
    metadata: { vulnerabilities: {}, dependencies: { total: 7 } },
  });
const one = (name: string, severity: string) => ({ name, severity, range: '<2', fixAvailable: true });

describe('an answer of npm audit', () => {
  it('lists the worst first', () => {
    const verdict = judgeAudit(report({ a: one('a', 'low'), b: one('b', 'critical'), c: one('c', 'low') }));
    expect(verdict).to.include({ kind: 'answered', packages: 7 });
    expect(verdict.kind === 'answered' && verdict.found.map(({ name }) => name)).to.deep.equal([
      'b',
      'a',
      'c',
    ]);
    expect(judgeAudit(report({}))).to.deep.equal({ kind: 'answered', packages: 7, found: [] });
  });

  for (const [what, text, why] of [
    ['nothing', '', 'npm wrote nothing'],
    ['an error', '{"message":"request failed","error":{"code":"ENOAUDIT"}}', 'request failed'],
    ['a summary', '{"error":{"summary":"no such host","detail":""}}', 'no such host'],
    ['another document', '{"vulnerabilities":{}}', 'npm wrote no report'],
    ['a list', '[]', 'npm wrote no report'],
    ['no JSON', 'npm error audit endpoint returned an error\n', 'npm error audit endpoint returned an error'],
  ] as const) {
    it(`is none when npm wrote ${what}`, () =>
      expect(judgeAudit(text)).to.deep.equal({ kind: 'no-answer', why }));
  }
});
