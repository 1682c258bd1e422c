/** The console: its providers around the views. */
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { ApiProblem } from './api/call.ts';
import { router } from './router.tsx';
import { SignInGate } from './sign-in.tsx';
import { firstLanguage, type Language, LanguageContext, storeLanguage } from './texts/use-texts.ts';
import { theme } from './theme.ts';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal is an answer; only what may pass is requested again.
      retry: (times, error) => times < 2 && !(error instanceof ApiProblem && error.status < 500),
      staleTime: 1_000,
      refetchOnWindowFocus: true,
    },
  },
});

/** The nonce that the answer's policy permits for styles; the build puts it into the page. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

export function App({ signInProblem }: { readonly signInProblem: string | null }) {
  const [language, setLanguage] = useState<Language>(firstLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const chosen = useMemo(() => {
    const choose = (to: Language) => {
      storeLanguage(to);
      setLanguage(to);
    };
    return { language, choose };
  }, [language]);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <LanguageContext value={chosen}>
        <QueryClientProvider client={queries}>
          <SignInGate problem={signInProblem}>
            <RouterProvider router={router} />
          </SignInGate>
        </QueryClientProvider>
      </LanguageContext>
    </MantineProvider>
  );
}
