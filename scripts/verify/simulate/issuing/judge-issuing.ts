/**
 * The rules of issuing, once a run has settled: as many coupons as promised, one a user, first come first served, a
 * result for every request, and no result that the rows contradict.
 */
import { messageIdOf } from '#participants/coupon/api/request-id.ts';
import { FAILED, ISSUED, STOCK } from '#participants/coupon/events.ts';
import type { AcceptedRequest } from '#participants/coupon/issuing/answer.ts';
import type { Cache } from '#participants/coupon/issuing/cache.ts';
import { readAnswers } from '#participants/coupon/issuing/read-answers.ts';
import type { Campaign, Coupon, LostRange } from '#participants/coupon/issuing/store.ts';
import { offsetInLog } from '#platform/kafka/log-sequence.ts';
import { decode } from '#protocol/codec.ts';
import type { InRecord } from '#protocol/envelope.ts';
import type { IssuingBackend } from '../backend.ts';
import { type Bus, topicOf } from '../bus.ts';
import { isTrue, type PublishedResult, type Rows, resultOf } from './claims.ts';
import type { AnsweredRequest } from './coupon-customers.ts';
import { receivedRequests, replacedRanges, vanishedRanges } from './request-ranges.ts';

const EVERYTHING = 10_000;

export interface Evidence {
  readonly bus: Bus;
  readonly backend: IssuingBackend;
  readonly requests: readonly AnsweredRequest[];
  /** When the database was last restored; earlier results may be contradicted. */
  readonly restoredAtMs: number | null;
}

/** The violations, one line each. */
export async function judgeIssuing(evidence: Evidence): Promise<string[]> {
  const { bus, backend } = evidence;
  const rows = await rowsOf(bus, backend);
  return [
    ...rows.campaigns.flatMap((campaign) => countsAreRight(campaign, rows)),
    ...rows.coupons.flatMap((coupon) => wonByItsRequest(coupon, rows)),
    ...lostForAReason(bus, rows),
    ...everyRequestHasItsResult(evidence, rows),
    ...noResultIsUntrue(evidence, rows),
    ...stockIsPublished(bus, rows),
    ...(await answersAreTrue(evidence, rows)),
  ];
}

/** The number of campaigns that Redis holds incompletely. */
export async function unremembered({ reads, campaigns }: IssuingBackend, cache: Cache): Promise<number> {
  let count = 0;
  const epoch = await reads.epoch();
  for (const { id, issued, total } of await campaigns.list(EVERYTHING)) {
    const coupons = await reads.couponsAfter(id, '', EVERYTHING);
    const users = coupons.map(({ userId }) => userId);
    const { left, winners } = await cache.read(epoch, id, users);
    const knowsAll = coupons.every(({ requestId }, i) => winners[i]?.requestId === requestId);
    if (left !== total - issued || !knowsAll) count += 1;
  }
  return count;
}

async function rowsOf(bus: Bus, { campaigns, reads }: IssuingBackend): Promise<Rows> {
  const received = receivedRequests(bus);
  const all = await campaigns.list(EVERYTHING);
  const coupons: Coupon[] = [];
  for (const { id } of all) coupons.push(...(await reads.couponsAfter(id, '', EVERYTHING)));
  return {
    campaigns: all,
    coupons,
    lost: await reads.lost(received),
    vanished: vanishedRanges(bus, await reads.checkpoints()),
    requests: received.flatMap(({ request }) => request ?? []),
  };
}

/** issued = rows = min(total, number of eligible users). */
function countsAreRight({ id, total, issued }: Campaign, { coupons, requests, ...rows }: Rows): string[] {
  const theirs = coupons.filter(({ campaignId }) => campaignId === id);
  const users = new Set(theirs.map(({ userId }) => userId));
  const eligible = new Set(
    requests
      .filter(
        (one) => one.campaignId === id && rows.campaigns.some((campaign) => isEligible(one, campaign, rows)),
      )
      .map(({ userId }) => userId),
  );
  const due = Math.min(total, eligible.size);
  const wrong: string[] = [];
  if (issued > total) wrong.push(`over-issue: ${issued} of ${total} in ${id}`);
  if (theirs.length !== issued) wrong.push(`${id} counts ${issued} coupons, and there are ${theirs.length}`);
  if (users.size !== theirs.length) wrong.push(`somebody has two coupons of ${id}`);
  if (issued < due) wrong.push(`under-issue: ${issued} of ${total} in ${id}, for ${eligible.size} people`);
  return wrong;
}

function isEligible(
  request: Rows['requests'][number],
  campaign: Campaign,
  { lost, vanished }: Pick<Rows, 'lost' | 'vanished'>,
): boolean {
  const at = request.acceptedAt;
  const { id, startsAt, endsAt, validUntil, closedAt } = campaign;
  const isOpen =
    (startsAt === null || at >= startsAt) &&
    (endsAt === null || at < endsAt) &&
    (validUntil === null || at < validUntil) &&
    (closedAt === null || at < closedAt);
  return id === request.campaignId && isOpen && !isLost(request, [...lost, ...vanished]);
}

function isLost(
  { partition, offset }: { partition: number; offset: number },
  lost: readonly LostRange[],
): boolean {
  return lost.some((one) => one.partition === partition && one.from <= offset && offset < one.to);
}

/** A coupon was won by an open request in its place; of those in its partition before, none went without while there was one. */
function wonByItsRequest(coupon: Coupon, rows: Rows): string[] {
  const { campaignId, userId, requestId, partition, offset } = coupon;
  const campaign = rows.campaigns.find(({ id }) => id === campaignId) as Campaign;
  const inPlace = rows.requests.filter((one) => one.partition === partition);
  // An issuer that has not noticed the new log yet takes its requests for those of the old one.
  const isOwn = (one: AcceptedRequest) =>
    one.id === requestId && offsetInLog(one.offset) === offsetInLog(offset);
  const own = inPlace.filter(isOwn);
  if (!own.some((one) => one.userId === userId))
    return [`${userId}'s coupon names ${requestId} at ${offset}`];
  if (!own.some((one) => isEligible(one, campaign, rows)))
    return [`${requestId} won, and was not open or was lost`];
  const served = new Set(
    rows.coupons.filter((one) => one.campaignId === campaignId).map((one) => one.userId),
  );
  const passed = inPlace.find(
    (one) => one.offset < offset && !served.has(one.userId) && isEligible(one, campaign, rows),
  );
  return passed === undefined
    ? []
    : [`first come: ${passed.id} at ${passed.offset} was passed by ${requestId}`];
}

/** A request recorded as lost is gone from the log, or unreadable. */
function lostForAReason(bus: Bus, { lost }: Rows): string[] {
  const kept = receivedRequests(bus).filter(({ isKept, request }) => isKept && request !== null);
  return lost.flatMap(({ partition, from, to }) => {
    const one = kept.find((it) => it.partition === partition && from <= it.offset && it.offset < to);
    return one === undefined ? [] : [`${partition}/${one.offset} is recorded as lost, and is there`];
  });
}

/** Every request has its result, always in the same texts, and a true one. */
function everyRequestHasItsResult({ bus, restoredAtMs }: Evidence, rows: Rows): string[] {
  const results = [...recordsOf(bus, ISSUED), ...recordsOf(bus, FAILED)].map(resultOf);
  const byRequest = Map.groupBy(results, ({ requestId }) => requestId);
  return rows.requests.flatMap((request) => {
    const place = `${request.partition}/${request.offset}`;
    // A result with a coupon bears the place of the winning message.
    const all = byRequest.get(request.id) ?? [];
    const ownResults = all.filter((one) => one.place === place || one.couponId !== undefined);
    const trueResults = ownResults.filter((one) => isTrue(one, request, rows));
    if (ownResults.length === 0)
      return isLost(request, [...rows.lost, ...rows.vanished, ...replacedRanges(bus)])
        ? []
        : [`${request.id} at ${place} has no result`];
    if (trueResults.length === 0) return [`${request.id} at ${place} got ${textOf(ownResults)}: not true`];
    if (restoredAtMs !== null) return [];
    const texts = new Set(all.filter((one) => one.place === place).map(({ text }) => text));
    return texts.size <= 1 ? [] : [`${request.id} at ${place} got ${[...texts].join(' and ')}`];
  });
}

/** A result is true of a request of its id, also one under another place: of a log that was replaced. */
function noResultIsUntrue({ bus, restoredAtMs }: Evidence, rows: Rows): string[] {
  if (restoredAtMs !== null) return [];
  const byId = Map.groupBy(rows.requests, ({ id }) => id);
  return [...recordsOf(bus, ISSUED), ...recordsOf(bus, FAILED)].map(resultOf).flatMap((result) => {
    const isSupported = byId.get(result.requestId)?.some((request) => isTrue(result, request, rows));
    return isSupported ? [] : [`${result.requestId} got ${textOf([result])} for ${result.place}: not true`];
  });
}

function textOf(results: readonly PublishedResult[]): string {
  return [...new Set(results.map(({ reason, couponId }) => reason ?? `issued ${couponId}`))].join(', ');
}

/** The last published stock of a campaign is its rest. */
function stockIsPublished(bus: Bus, { campaigns, coupons }: Rows): string[] {
  // What was decided in a log that is gone may stay unpublished.
  const replaced = replacedRanges(bus);
  const unpublished = new Set(
    coupons.filter((one) => isLost(one, replaced)).map(({ campaignId }) => campaignId),
  );
  const stocks = recordsOf(bus, STOCK).map(
    ({ value }) => decode(value).data as { campaignId: string; left: number },
  );
  return campaigns.flatMap(({ id, total, issued }) => {
    const least = Math.min(
      total,
      ...stocks.filter(({ campaignId }) => campaignId === id).map(({ left }) => left),
    );
    return least <= total - issued || unpublished.has(id)
      ? []
      : [`${least} are published as left of ${id}, and it is ${total - issued}`];
  });
}

/** A refusal by the API holds, and a later query finds a true answer. */
async function answersAreTrue({ backend, requests, restoredAtMs }: Evidence, rows: Rows): Promise<string[]> {
  const wrong: string[] = [];
  for (const { request: sent, answers } of requests) {
    for (const { ref, atMs } of answers) {
      const request = { ...sent, id: messageIdOf(sent), acceptedAt: new Date(ref.acceptedAtMs) };
      if (ref.refused !== undefined) {
        const stands = restoredAtMs === null || atMs > restoredAtMs;
        const at = { ...request, partition: -1, offset: Number.POSITIVE_INFINITY };
        if (stands && !isTrue({ reason: ref.refused }, at, rows))
          wrong.push(`${request.id} was refused by the API as ${ref.refused}: not true`);
        continue;
      }
      const asAccepted = { ...request, partition: ref.partition, offset: ref.offset };
      const at = rows.requests.find(
        (one) =>
          one.id === request.id &&
          one.partition === ref.partition &&
          offsetInLog(one.offset) === ref.offset &&
          one.acceptedAt.getTime() === ref.acceptedAtMs,
      );
      if (at === undefined) {
        wrong.push(`${request.id} was accepted at ${ref.partition}/${ref.offset}, and is not`);
        continue;
      }
      const [found] = await readAnswers(backend.reads, [asAccepted]);
      if (found === undefined || found.state === 'pending') {
        if (!isLost(at, rows.vanished)) wrong.push(`${at.id} finds no answer`);
      } else if (
        !isTrue(found.state === 'issued' ? { couponId: found.coupon.id } : { reason: found.reason }, at, rows)
      )
        wrong.push(`${at.id} finds ${found.state === 'issued' ? 'a coupon' : found.reason}: not true`);
    }
  }
  return wrong;
}

function recordsOf(bus: Bus, topic: string): InRecord[] {
  return [...bus.logs].flatMap(([place, log]) => (topicOf(place) === topic ? log : []));
}
