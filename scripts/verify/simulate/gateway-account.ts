/**
 * The gateway's account on a day of limits: it takes so many calls a second and answers 429 to the others, at times to
 * all. Judges the pace of payment's processes by the calls that arrive.
 *
 * It asks nothing impossible. The slowest account that payment must find out takes 4 calls a second, and the charges of the
 * most orders, 60, are 120 calls: 30 s. With the longest block, 20 s, the last of them is answered 50 s after the first was
 * taken from Kafka, within a charge's 60 s, if all were taken at once and the account is used to the full. A pace of three
 * quarters is enough too, 60 s; what payment loses beyond, it must leave in Kafka. Refunds have 120 s.
 */
import { TIMER } from '#engine/control.ts';
import { GatewayOutage } from '#participants/payment/gateway.ts';
import { HORIZON_MS } from '#participants/payment/pacing/reservations.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { RateWindow } from '#scripts/gateway-simulator/rate-window.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

/** Of the account's rate, the most that a setting may be for no call to be refused: calls meet on their way. */
const SAFE_SHARE = 0.6;
/** A refusal reaches the other processes through their row: its transaction, and the calls they had reserved before. */
const SHARED_WITHIN_MS = HORIZON_MS + 100;
/** Refusals of so short a time are one message to the row. */
const MERGED_MS = 250;

interface Refused {
  readonly life: Life;
  readonly atMs: number;
  readonly untilMs: number;
}

export class GatewayAccount {
  /** The processes' setting, calls a second; Infinity: they find the rate out. */
  readonly setting: number;
  readonly #world: World;
  /** The setting is so low that no call is refused outside a storm. */
  readonly #isSafe: boolean;
  readonly #window: RateWindow;
  /** How long no call may follow a refused one. */
  readonly #retryAfterMs: number;
  /** Between these times, ms, it takes no call. */
  readonly #storm: { readonly fromMs: number; readonly toMs: number };
  /** The refusals that processes have received. */
  readonly #refused: Refused[] = [];
  /** Calls that were taken, by order. */
  readonly #taken = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    const { random, nowMs, story } = world;
    // Who knows a slow account's rate leaves the orders in Kafka, where no clock runs; who must find it out may take too many.
    const share = random.pick([SAFE_SHARE, SAFE_SHARE, 1.5, Number.POSITIVE_INFINITY]);
    this.#isSafe = share === SAFE_SHARE;
    const perSecond = this.#isSafe ? 2 + random.below(4) : 4 + random.below(17);
    this.setting = share * perSecond;
    this.#window = new RateWindow(perSecond);
    this.#retryAfterMs = random.pick([1_000, 2_000, 3_000]);
    const fromMs = random.between(0, 15_000);
    const lastsMs = random.chance(0.5) ? random.between(2_000, 20_000) : 0;
    this.#storm = { fromMs: nowMs + fromMs, toMs: nowMs + fromMs + lastsMs };
    const storm = `${Math.round(lastsMs / 1000)} s from ${Math.round(fromMs / 1000)} s on`;
    story.add(
      'gateway',
      `takes ${perSecond} calls a second, none for ${storm}; payment expects ${this.setting}`,
    );
  }

  /** A process is about to call. */
  calls(life: Life): void {
    const { nowMs, wrong } = this.#world;
    for (const { life: refused, atMs, untilMs } of this.#refused) {
      const isOwn = refused === life && nowMs < untilMs;
      const isShared = Number.isFinite(this.setting) && nowMs > atMs + SHARED_WITHIN_MS;
      if (isOwn || (isShared && nowMs < untilMs - MERGED_MS))
        wrong.push(
          `the pause after a 429: ${life.name} calls ${Math.ceil(untilMs - nowMs)} ms too early after ${refused.name}'s`,
        );
    }
  }

  /** A call arrives. @param sagaId its order; null: of none. @returns the refusal; null: the call is executed */
  admit(what: string, sagaId: string | null): GatewayOutage | null {
    const { nowMs, wrong, faults, story } = this.#world;
    const { fromMs, toMs } = this.#storm;
    const isStorm = faults.active && nowMs >= fromMs && nowMs < toMs;
    if (!isStorm && this.#window.admits(nowMs)) {
      if (sagaId !== null) this.#taken.set(sagaId, (this.#taken.get(sagaId) ?? 0) + 1);
      return null;
    }
    story.add('gateway', `429: ${what}`);
    if (!isStorm && this.#isSafe) wrong.push(`the shared pace: ${what} is one call too many`);
    return new GatewayOutage('gateway-limited', what, { retryAfterMs: this.#retryAfterMs });
  }

  /** A refusal reaches its caller. */
  refuses(life: Life, { retryAfterMs }: GatewayOutage): void {
    const atMs = this.#world.nowMs;
    this.#refused.push({ life, atMs, untilMs: atMs + retryAfterMs });
  }

  /** Judges a message before it is written. @returns the violation, or null */
  judge({ key, value }: OutMessage): string | null {
    if (value.includes(`"type":"${TIMER}"`)) return `429 is no failure: a step of ${key} is timed out`;
    if (value.includes('"type":"payment.declined"') && !value.includes('"card_declined"'))
      return `429 is no failure: the charge of ${key} is declined without its card`;
    if (!value.includes('"type":"payment.delayed"')) return null;
    const { data } = JSON.parse(value.toString()) as { data: { attempt: number } };
    const taken = this.#taken.get(key) ?? 0;
    return data.attempt > taken
      ? `a refused call is no attempt: ${data.attempt} of ${key}, and the gateway took ${taken} calls`
      : null;
  }
}
