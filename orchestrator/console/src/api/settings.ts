/** What the API says of the console's surroundings: how people sign in, and where the coupon API is. */
import { useQuery } from '@tanstack/react-query';
import type { Issuer } from './oidc.ts';

interface Settings {
  readonly signIn: readonly Issuer[];
  /** Null: there is none, or nobody has named it. */
  readonly couponsUrl: string | null;
}

export function useSettings(): Settings | undefined {
  const settings = useQuery({
    queryKey: ['settings'],
    queryFn: async () => (await (await fetch('/console/settings.json')).json()) as Settings,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return settings.data;
}
