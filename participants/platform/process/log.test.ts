/** A log line holds no character that a terminal obeys, and stays the same JSON. */
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { LOG_EVENTS } from './log-events.ts';

const MODULE = new URL('./log.ts', import.meta.url).href;
const REASON = 'a\u001b[2J\u009b31m\u202eb\n';

it('a log line is one line of JSON without control characters', () => {
  const code = `const { createLogger } = await import(${JSON.stringify(MODULE)});
    createLogger('test').info('process-ready', { reason: ${JSON.stringify(REASON)} });`;
  const line = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
  }).trimEnd();
  expect(line).not.to.match(/[\p{Cc}\u202e]/u);
  expect(JSON.parse(line)).to.include({
    reason: REASON,
    event: 'process-ready',
    message: LOG_EVENTS['process-ready'],
  });
});
