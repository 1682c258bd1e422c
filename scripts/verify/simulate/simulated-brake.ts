/** A brake on one command for a while, as each engine learns of it a little later, and the rule that none is sent meanwhile. */
import { type Brakes, NO_BRAKES } from '#engine/step/brakes.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { BEGIN_MS, MOST_SKEW_MS, type World } from './world.ts';

const HELD = [
  'payment.charge',
  'inventory.confirm',
  'shipping.prepare',
  'payment.refund',
  'inventory.release',
] as const;
/** An engine reads the brakes once a second, and the read takes a moment. */
const HEEDED_WITHIN_MS = 2_000;
/** The clocks of an engine and of the true time. */
const APART_MS = 2 * MOST_SKEW_MS;
const ID = 'b0000000-0000-4000-8000-000000000001';

export class SimulatedBrake {
  readonly #world: World;
  readonly #command: string;
  readonly #setAtMs: number;
  readonly #releasedAtMs: number;

  constructor(world: World) {
    const { random, story } = world;
    this.#world = world;
    this.#command = random.pick(HELD);
    this.#setAtMs = BEGIN_MS + random.between(500, 6_000);
    this.#releasedAtMs = this.#setAtMs + random.between(4_000, 25_000);
    const at = (ms: number) => ((ms - BEGIN_MS) / 1000).toFixed(3);
    story.add('people', `${this.#command} is held from ${at(this.#setAtMs)} to ${at(this.#releasedAtMs)} s`);
  }

  /** The brakes in force as one engine knows them. */
  heeded(): () => Brakes {
    const lateMs = this.#world.random.between(0, HEEDED_WITHIN_MS);
    const brakes: Brakes = new Map([[this.#command, ID]]);
    return () => (this.#isSet(this.#world.nowMs - lateMs) ? brakes : NO_BRAKES);
  }

  /** Whether nobody resumes yet what it holds. */
  get holds(): boolean {
    return this.#world.nowMs < this.#releasedAtMs;
  }

  /** Judges a message about to be written. @returns the violation, or null */
  judge({ value }: OutMessage): string | null {
    if (!value.includes(`"type":"${this.#command}"`)) return null;
    const { id, time } = JSON.parse(value.toString()) as { id: string; time: string };
    const issuedAt = Date.parse(time);
    const isHeld = this.#isSet(issuedAt - HEEDED_WITHIN_MS - APART_MS) && this.#isSet(issuedAt + APART_MS);
    return isHeld ? `the brake: ${id} was issued at ${time}, while ${this.#command} was held` : null;
  }

  #isSet(atMs: number): boolean {
    return atMs >= this.#setAtMs && atMs < this.#releasedAtMs;
  }
}
