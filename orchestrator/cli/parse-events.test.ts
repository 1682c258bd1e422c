/** The parser of server-sent events. */
import { expect } from 'chai';
import { parseEvents, type ServerEvent } from './parse-events.ts';

async function parsed(...pieces: string[]): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of parseEvents(streamOf(pieces))) events.push(event);
  return events;
}

async function* streamOf(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}

describe('a stream of events', () => {
  it('is parsed wherever its pieces were cut', async () => {
    const text = 'retry: 1000\n\nid: 1\nevent: move\ndata: {"a":1}\n\n: alive\nid: 2\n\n';
    const expected = [
      { event: 'move', data: '{"a":1}', id: '1' },
      { event: 'message', data: '', id: '2' },
    ];
    expect(await parsed(text)).to.deep.equal(expected);
    expect(await parsed(...text)).to.deep.equal(expected);
  });

  it('has no event before its last line has come', async () => {
    expect(await parsed('event: move\ndata: 1\n')).to.deep.equal([]);
  });

  it('takes comments alone for no event, and joins lines of data', async () => {
    expect(await parsed(': alive\n\n')).to.deep.equal([]);
    expect(await parsed('data: a\ndata: b\n\n')).to.deep.equal([
      { event: 'message', data: 'a\nb', id: undefined },
    ]);
  });
});
