/** Bounds the connections that stay open: of this process, and of one user. One is counted before it awaits anything. */
import type { Principal } from '#platform/process/auth-tokens.ts';

export interface ConnectionLimits {
  readonly all: number;
  readonly customer: number;
  /** Of one backend, or of one operator. */
  readonly service: number;
}

export interface ConnectionLimit {
  /** Counts one more connection; else the bound that is reached: `full` the process's, `too-many` the user's. */
  acquire(principal: Principal): 'acquired' | 'full' | 'too-many';
  release(principal: Principal): void;
}

/** Counts from zero. */
export function connectionLimit(limits: ConnectionLimits): ConnectionLimit {
  const bySubject = new Map<string, number>();
  let open = 0;
  // A customer and a backend may bear the same name.
  const nameOf = ({ role, subject }: Principal) => `${role}/${subject}`;
  return {
    acquire(principal) {
      if (open >= limits.all) return 'full';
      const own = bySubject.get(nameOf(principal)) ?? 0;
      if (own >= limits[principal.role === 'customer' ? 'customer' : 'service']) return 'too-many';
      bySubject.set(nameOf(principal), own + 1);
      open += 1;
      return 'acquired';
    },
    release(principal) {
      const left = (bySubject.get(nameOf(principal)) ?? 1) - 1;
      if (left === 0) bySubject.delete(nameOf(principal));
      else bySubject.set(nameOf(principal), left);
      open -= 1;
    },
  };
}
