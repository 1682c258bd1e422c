/** The alerts of coupons ask for metrics that there are: a name that nobody exports never fires, and nobody notices. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { registry } from '#platform/process/metrics.ts';
import './issuing/metrics.ts';

const RULES = new URL('../../deploy/alerts/coupons.yml', import.meta.url);

describe('the alerts of coupons', () => {
  it('name only metrics of the issuer', () => {
    const expressions = [...readFileSync(RULES, 'utf8').matchAll(/^ *expr: (.*)$/gm)].map(([, text]) => text);
    const named = expressions.flatMap((text) => text?.match(/coupon_\w+/g) ?? []);
    expect(named).to.have.length(3);
    for (const name of named) {
      const metric = name.replace(/_bucket$/, '');
      expect(registry.getSingleMetric(metric), metric).not.to.equal(undefined);
    }
  });
});
