/**
 * Who is signed in. The token is in this tab's memory and session storage only: it comes in the fragment of a link, which no server
 * receives, from a form, or from an OpenID Connect issuer.
 */
const KEY = 'console.token';

export interface Session {
  readonly token: string | null;
  /** The API refused the token: what is on the screen stays, and the person signs in again. */
  readonly isExpired: boolean;
}

let session: Session = { token: sessionStorage.getItem(KEY), isExpired: false };
const listeners = new Set<() => void>();

export function currentSession(): Session {
  return session;
}

/** Calls back with each change. @returns ends that */
export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function signIn(token: string): void {
  sessionStorage.setItem(KEY, token);
  change({ token, isExpired: false });
}

export function signOut(): void {
  sessionStorage.removeItem(KEY);
  change({ token: null, isExpired: false });
}

/** The API refused this token. */
export function expire(token: string): void {
  if (session.token !== token || session.isExpired) return;
  sessionStorage.removeItem(KEY);
  change({ token, isExpired: true });
}

/** Takes the token out of the address's fragment, and out of the address and the browser's history. */
export function takeTokenFromAddress(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return;
  history.replaceState(null, '', location.pathname + location.search);
  signIn(token);
}

function change(to: Session): void {
  session = to;
  for (const listener of listeners) listener();
}
