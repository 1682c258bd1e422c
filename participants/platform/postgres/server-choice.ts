/**
 * Chooses the server that a pool's next connection goes to, where the address names several. The driver connects to one
 * address only. The choice stays with a server until a connection there fails or takes no writes, and then moves to the next.
 */
import type pg from 'pg';

/** The choice of one pool. */
export interface ServerChoice {
  /** How many servers the address names. */
  readonly count: number;
  /** The place of the chosen one in the address. */
  readonly current: number;
  /** Moves on from the server of a connection, unless that has happened already. */
  leave(client: pg.ClientBase): void;
  /** The class of the pool's clients: each connects to the server that is chosen when the pool makes it. */
  readonly Client: new () => pg.ClientBase;
}

type Connected = (error?: Error | null) => void;

/**
 * @param Base the class of the clients
 * @param places the driver's settings for a connection to each server, in the order of preference
 */
export function chooseServer(
  Base: new (settings?: pg.ClientConfig) => pg.Client,
  places: readonly pg.ClientConfig[],
): ServerChoice {
  const placeOf = new WeakMap<pg.ClientBase, number>();
  let current = 0;
  const leave = (client: pg.ClientBase) => {
    if (placeOf.get(client) === current) current = (current + 1) % places.length;
  };
  class ChoosingClient extends Base {
    constructor(settings?: pg.ClientConfig) {
      super({ ...settings, ...places[current] });
      placeOf.set(this, current);
      const connect = this.connect.bind(this) as (done?: Connected) => Promise<unknown>;
      const noting =
        (done: Connected): Connected =>
        (error) => {
          if (error) leave(this);
          done(error);
        };
      // The pool passes a callback.
      this.connect = ((done?: Connected) => connect(done && noting(done))) as typeof this.connect;
    }
  }
  return {
    count: places.length,
    get current() {
      return current;
    },
    leave,
    Client: ChoosingClient,
  };
}
