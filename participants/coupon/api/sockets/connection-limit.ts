/** How many sockets may be open: in this process, and for one user. A seat is taken before anything is waited for. */
import type { Principal } from '#platform/process/auth-tokens.ts';

export interface SeatLimits {
  readonly all: number;
  readonly customer: number;
  /** Of one backend, or of one person who runs the system. */
  readonly service: number;
}

export interface Seats {
  /** Takes one; says which bound is reached when there is none. */
  take(principal: Principal): 'taken' | 'full' | 'too-many';
  give(principal: Principal): void;
  readonly taken: number;
}

/** All are free. */
export function seats(limits: SeatLimits): Seats {
  const bySubject = new Map<string, number>();
  let taken = 0;
  // A customer may be called as a backend is.
  const nameOf = ({ role, subject }: Principal) => `${role}/${subject}`;
  return {
    take(principal) {
      if (taken >= limits.all) return 'full';
      const own = bySubject.get(nameOf(principal)) ?? 0;
      if (own >= limits[principal.role === 'customer' ? 'customer' : 'service']) return 'too-many';
      bySubject.set(nameOf(principal), own + 1);
      taken += 1;
      return 'taken';
    },
    give(principal) {
      const left = (bySubject.get(nameOf(principal)) ?? 1) - 1;
      if (left === 0) bySubject.delete(nameOf(principal));
      else bySubject.set(nameOf(principal), left);
      taken -= 1;
    },
    get taken() {
      return taken;
    },
  };
}
