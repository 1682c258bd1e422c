import { expect } from 'chai';
import { uuidv7 } from './ids.ts';
import { continued, readTraceparent, spanIdOf, traceIdOfSaga, traceparentOf } from './trace.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('a trace context', () => {
  it('is read from every valid header, also of a later version', () => {
    const sampled = { traceId: TRACE, spanId: SPAN, isSampled: true };
    expect(readTraceparent(`00-${TRACE}-${SPAN}-01`)).to.deep.equal(sampled);
    expect(readTraceparent(`00-${TRACE}-${SPAN}-02`)).to.deep.equal({ ...sampled, isSampled: false });
    expect(readTraceparent(`cc-${TRACE}-${SPAN}-03-what-comes`)).to.deep.equal(sampled);
    expect(readTraceparent(traceparentOf(sampled))).to.deep.equal(sampled);
  });

  it('begins anew where the header is none', () => {
    const zeros = (text: string) => text.replaceAll(/./g, '0');
    for (const text of [
      undefined,
      '',
      'x',
      `00-${TRACE}-${SPAN}`,
      `00-${TRACE}-${SPAN}-01-more`,
      `ff-${TRACE}-${SPAN}-01`,
      `00-${zeros(TRACE)}-${SPAN}-01`,
      `00-${TRACE}-${zeros(SPAN)}-01`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01\n`,
    ]) {
      expect(readTraceparent(text), String(text)).to.equal(null);
      expect(continued(text, 'a message'), String(text)).to.equal(undefined);
    }
  });

  it('continues in the messages that follow: the same trace, and a span of each', () => {
    const next = continued(`00-${TRACE}-${SPAN}-01`, 'saga/payment.charge');
    expect(next).to.equal(`00-${TRACE}-${spanIdOf('saga/payment.charge')}-01`);
    expect(continued(next, 'saga/payment.charge')).to.equal(next);
  });

  it('has spans that differ, for messages whose ids hardly do', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => [`${uuidv7(1_790_000_000_000 + i)}/reply`, `${i}`]);
    const spans = new Set(ids.flat().map(spanIdOf));
    expect(spans.size).to.equal(40_000);
    for (const span of spans) expect(span).to.match(/^[0-9a-f]{16}$/);
  });

  it('of a saga is its id', () => {
    expect(traceIdOfSaga('019a0000-0000-7000-8000-0000000000bb')).to.equal(
      '019a00000000700080000000000000bb',
    );
  });
});
