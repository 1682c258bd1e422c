/** The machine of a version, which never changes. */
import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import type { DefinitionGraph } from '../../generated/api.ts';

export function useGraph(name: string, version: number) {
  return useQuery({
    queryKey: ['definitions', name, version, 'graph'],
    queryFn: (): Promise<DefinitionGraph> => call('getDefinitionGraph', { params: { name, version } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
