/** Starts the console: takes a token out of the address, or finishes a sign-in, before the first view reads the address. */
import '@mantine/core/styles.css';
import './console.css';
import { createRoot } from 'react-dom/client';
import { isBack } from './api/oidc-return.ts';
import { takeTokenFromAddress } from './api/session.ts';
import { App } from './app.tsx';

takeTokenFromAddress();
let problem: string | null = null;
if (isBack()) {
  // Loaded only where somebody signs in at an issuer.
  const { comeBack } = await import('./api/oidc.ts');
  await comeBack().catch((error: unknown) => {
    problem = error instanceof Error ? error.message : String(error);
  });
}
createRoot(document.getElementById('root') as HTMLElement).render(<App signInProblem={problem} />);
