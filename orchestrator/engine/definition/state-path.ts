/** A machine's state as a dotted path, as rows and people have it, and as XState has it. */
import type { StateValue } from 'xstate';

/** `compensating.refundingPayment` → `{ compensating: 'refundingPayment' }`. */
export function toValue(path: string): StateValue {
  const parts = path.split('.');
  const leaf = parts.pop() ?? '';
  return parts.reduceRight<StateValue>((value, part) => ({ [part]: value }), leaf);
}

/** The reverse of `toValue`. */
export function toPath(value: StateValue): string {
  if (typeof value === 'string') return value;
  const [entry] = Object.entries(value);
  return entry?.[1] === undefined ? '' : `${entry[0]}.${toPath(entry[1])}`;
}
