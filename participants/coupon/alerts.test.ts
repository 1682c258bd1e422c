/** The coupons' alerts use only metrics that the issuer exports: an alert on an unknown name would never fire. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { registry } from '#platform/process/metrics.ts';
import './issuing/metrics.ts';

const RULES = new URL('../../deploy/alerts/coupons.yml', import.meta.url);

describe('the coupon alerts', () => {
  it('use only metrics of the issuer', () => {
    const expressions = [...readFileSync(RULES, 'utf8').matchAll(/^ *expr: (.*)$/gm)].map(([, text]) => text);
    const named = expressions.flatMap((text) => text?.match(/coupon_\w+/g) ?? []);
    expect(named).to.have.length(3);
    for (const name of named) {
      const metric = name.replace(/_bucket$/, '');
      expect(registry.getSingleMetric(metric), metric).not.to.equal(undefined);
    }
  });
});
