/** Mocha's ordinary report, and beside it what passed and failed, in the file that the option `counts` names. */
import { writeFileSync } from 'node:fs';
import mocha from 'mocha';

/** Of an error's text and stack this much is repeated at the end of all tests. */
const LINES_OF_ERROR = 12;

export default class Counting extends mocha.reporters.Spec {
  /**
   * @param {import('mocha').Runner} runner
   * @param {{ reporterOptions: { counts: string } }} options
   */
  constructor(runner, options) {
    super(runner, /** @type {any} */ (options));
    /** @type {string[]} */
    const failures = [];
    runner.on('fail', (test, error) => void failures.push(textOf(test, error)));
    runner.once('end', () => {
      const { passes, failures: failed } = this.stats;
      writeFileSync(options.reporterOptions.counts, JSON.stringify({ passed: passes, failed, failures }));
    });
  }
}

/**
 * @param {import('mocha').Runnable} test a test or a hook
 * @param {unknown} error
 */
function textOf(test, error) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = text.split('\n').slice(0, LINES_OF_ERROR);
  return [`${test.file ?? 'no file'}: ${test.fullTitle()}`, ...lines.map((line) => `  ${line}`)].join('\n');
}
