/** Maps failures to problems: the caller's fault, transient, or a defect. */
import { expect } from 'chai';
import pg from 'pg';
import { RetryableError } from '#protocol/errors.ts';
import { toProblem } from './failure.ts';
import { Problem } from './problem.ts';

const database = (code: string) => Object.assign(new pg.DatabaseError('said so', 7, 'error'), { code });

describe('a failure', () => {
  const cases: Record<string, [unknown, string]> = {
    'that is a problem already': [new Problem('stale', 'x'), 'stale'],
    'of a path that does not decode': [Object.assign(new URIError('x'), { status: 400 }), 'bad-request'],
    'of a database that is away': [new RetryableError('database-unavailable', 'x'), 'unavailable'],
    'of an identity provider that is away': [new RetryableError('identity-unavailable', 'x'), 'unavailable'],
    'of a change that the database did not confirm': [
      new RetryableError('database-outcome-unknown', 'x'),
      'outcome-unknown',
    ],
    'of a database that shuts down': [database('57P01'), 'unavailable'],
    'of a database that takes no connections': [database('55000'), 'unavailable'],
    'of a transaction to repeat': [database('40P01'), 'unavailable'],
    'of a statement of ours': [database('42P01'), 'internal'],
    'of a value the database refuses': [database('22P05'), 'internal'],
    'of our code': [new TypeError('x is not a function'), 'internal'],
    'of anything else': ['thrown text', 'internal'],
  };
  for (const [what, [error, kind]] of Object.entries(cases)) {
    it(`${what} is ${kind}`, () => {
      const problem = toProblem(error);
      expect(problem.kind).to.equal(kind);
      if (kind === 'unavailable') expect(problem.headers).to.have.property('retry-after');
      if (kind === 'internal') expect(problem.message).not.to.match(/function|said|text/);
    });
  }
});
