/** The documents that the API serves of itself, read once: they change with the API's build alone. */
import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import {
  type AsyncApi,
  type Message,
  messagesOf,
  type NamedSchema,
  type OpenApi,
  type Operation,
  operationsOf,
  schemasOf,
} from './documents.ts';

export interface Documents {
  readonly about: string;
  readonly operations: readonly Operation[];
  readonly messages: readonly Message[];
  readonly schemas: readonly NamedSchema[];
}

export function useDocuments() {
  return useQuery({
    queryKey: ['documents'],
    queryFn: async (): Promise<Documents> => {
      const [open, async] = await Promise.all([call('getOpenApi'), call('getAsyncApi')]);
      const openApi = open as unknown as OpenApi;
      return {
        about: openApi.info.description ?? '',
        operations: operationsOf(openApi),
        messages: messagesOf(async as unknown as AsyncApi),
        schemas: schemasOf(openApi),
      };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}
