import { expect } from 'chai';
import { NODE } from './kinds.ts';
import { timeByKind } from './profile-cost.ts';
import { nameOf } from './statements.ts';

const frame = (id: number, functionName: string, url: string, children: number[] = []) => ({
  id,
  callFrame: { functionName, url },
  children,
});

describe('the cost of an order', () => {
  it('counts what the language does for its caller, and waiting for nobody', () => {
    const nodes = [
      frame(1, '(root)', '', [2, 3, 4, 7]),
      frame(2, '(idle)', ''),
      frame(3, '(garbage collector)', ''),
      frame(4, 'handle', 'file:///p/participants/platform/batching/handle-records.ts', [5]),
      frame(5, 'decode', 'file:///p/participants/protocol/codec.ts', [6]),
      frame(6, 'parse', ''),
      frame(7, 'processTimers', 'node:internal/timers'),
    ];
    const samples = [2, 3, 4, 6, 6, 7];
    const times = timeByKind({ nodes, samples, timeDeltas: [1000, 10, 200, 30, 4, 5] });
    expect(Object.fromEntries(times)).to.deep.equal({
      'garbage collection': 10,
      'handling of batches': 200,
      'encoding and reading messages': 34,
      [NODE]: 5,
    });
  });

  it('names a statement by its first change, or its first read, whatever the month', () => {
    expect(
      nameOf(
        'WITH u AS (UPDATE orchestrator.sagas_2026_11 s SET a = $1) INSERT INTO orchestrator.journal_2026_11',
      ),
    ).to.equal('UPDATE orchestrator.sagas');
    expect(nameOf('SELECT i.state\n FROM unnest($1) AS k JOIN inventory.inbox i ON true')).to.equal(
      'SELECT inventory.inbox',
    );
    expect(nameOf('BEGIN')).to.equal('BEGIN');
  });
});
