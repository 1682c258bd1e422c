/** The view of why a saga is where it is. Pure. */
import type { Cause } from '#engine/why/cause.ts';
import { type Forecast, forecastOf } from '#engine/why/forecast.ts';
import type { Observations } from '#engine/why/observations.ts';
import { sentenceOf, whyOf } from '#engine/why/why.ts';
import type { View } from '#platform/http/schemas.ts';
import type { whyAnswer } from './why-schema.ts';

export function whyView(seen: Observations): View<typeof whyAnswer> {
  const { row, nowMs } = seen;
  const why = whyOf(seen);
  const forecast = forecastOf(seen, why);
  const self = `/v1/sagas/${row.id}`;
  return {
    sagaId: row.id,
    status: row.status,
    state: row.state,
    at: new Date(nowMs),
    text: sentenceOf(why.cause, ...inWords(forecast)),
    cause: causeView(why.cause),
    besides: why.besides.map(causeView),
    forecast,
    links: { self: `${self}/why`, saga: self, history: `${self}/history` },
  };
}

/** The cause alone, in one sentence. */
export function whyText(seen: Observations): string {
  return sentenceOf(whyOf(seen).cause);
}

function causeView(cause: Cause): View<typeof whyAnswer>['cause'] {
  const { code, evidence, halts, nextSteps } = cause;
  return { code, text: sentenceOf(cause), evidence, halts, nextSteps };
}

function inWords(forecast: Forecast | null): string[] {
  if (forecast === null) return [];
  return 'unknown' in forecast ? [] : [forecast.text];
}
