/** Mocha's ordinary report, and beside it how many passed and failed, in the file that the option `counts` names. */
import { writeFileSync } from 'node:fs';
import mocha from 'mocha';

export default class Counting extends mocha.reporters.Spec {
  /**
   * @param {import('mocha').Runner} runner
   * @param {{ reporterOptions: { counts: string } }} options
   */
  constructor(runner, options) {
    super(runner, /** @type {any} */ (options));
    runner.once('end', () => {
      const { passes, failures } = this.stats;
      writeFileSync(options.reporterOptions.counts, JSON.stringify({ passed: passes, failed: failures }));
    });
  }
}
