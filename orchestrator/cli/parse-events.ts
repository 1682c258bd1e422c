/** Parses server-sent events (the HTML standard's `text/event-stream`). */

/** One event. Without data it only moves the position. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

/**
 * Opens a stream after an event.
 * @param firstWithinMs how long its first sign of life may take, where that is less than is usual between two
 * @throws CommandFailure as requests do
 */
export type OpenEvents = (
  path: string,
  lastEventId: string | undefined,
  firstWithinMs?: number,
) => AsyncIterable<ServerEvent>;

/** Parses `text/event-stream`, given as pieces of text. A block of comments alone is no event. */
export async function* parseEvents(pieces: AsyncIterable<string>): AsyncGenerator<ServerEvent> {
  let rest = '';
  for await (const piece of pieces) {
    const blocks = (rest + piece).replaceAll('\r\n', '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event.data !== '' || event.id !== undefined) yield event;
    }
  }
}

function parseBlock(block: string): ServerEvent {
  let event = 'message';
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
    if (name === 'event') event = value;
    else if (name === 'id') id = value;
    else if (name === 'data') data.push(value);
  }
  return { event, data: data.join('\n'), id };
}
