/** Mocha's ordinary report, and beside it what passed and failed, in the file that the option `counts` names. */
import { writeFileSync } from 'node:fs';
import { inspect, stripVTControlCharacters } from 'node:util';
import mocha from 'mocha';
import { failureText } from './failure-text.mjs';

export default class Counting extends mocha.reporters.Spec {
  /**
   * @param {import('mocha').Runner} runner
   * @param {{ reporterOptions: { counts: string } }} options
   */
  constructor(runner, options) {
    super(runner, /** @type {any} */ (options));
    /** @type {string[]} */
    const failures = [];
    const write = () => {
      const { passes, failures: failed } = this.stats;
      writeFileSync(options.reporterOptions.counts, JSON.stringify({ passed: passes, failed, failures }));
    };
    runner.on('fail', (test, error) => void failures.push(textOf(test, error)));
    // A defect may end the process at once: the test that ran is named.
    let isOver = false;
    process.once('exit', (code) => {
      const { currentRunnable } = runner;
      if (isOver || currentRunnable === undefined) return;
      failures.push(textOf(currentRunnable, new Error(`the process ended with ${code} while this ran`)));
      this.stats.failures += 1;
      write();
    });
    runner.once('end', () => {
      isOver = true;
      write();
    });
  }
}

/**
 * @param {import('mocha').Runnable} test a test or a hook
 * @param {any} error
 */
function textOf(test, error) {
  const { Base } = mocha.reporters;
  const differs = error?.showDiff !== false && error?.expected !== undefined && error?.actual !== undefined;
  // Both are texts where mocha has them: its report has made them so.
  const difference = differs ? Base.generateDiff(asText(error.actual), asText(error.expected)) : '';
  return failureText(
    `${test.file ?? 'no file'}: ${test.fullTitle()}`,
    error,
    stripVTControlCharacters(difference),
  );
}

/** @param {unknown} value */
function asText(value) {
  return typeof value === 'string' ? value : inspect(value, { depth: 10 });
}
