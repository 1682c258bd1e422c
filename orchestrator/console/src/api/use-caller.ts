/** Who is signed in, as the API says. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { call, may, type OperationId } from './call.ts';
import { currentSession, onSession, type Session } from './session.ts';

export function useSession(): Session {
  return useSyncExternalStore(onSession, currentSession);
}

export function useCaller() {
  const { token, isExpired } = useSession();
  return useQuery({
    queryKey: ['caller', token],
    queryFn: () => call('getCaller'),
    enabled: token !== null && !isExpired,
    staleTime: Number.POSITIVE_INFINITY,
    // After another sign-in the view stays as it is until the API has said whose token that is.
    placeholderData: keepPreviousData,
  });
}

/** Whether the caller may use an operation: what may not be used is not shown. */
export function useMay(id: OperationId): boolean {
  return may(useCaller().data?.role, id);
}
