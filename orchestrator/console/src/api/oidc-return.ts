/** Whether an issuer has just sent the browser back; apart from `oidc.ts`, which is loaded only then. */

/** Where a sign-in that is under way is stored, in this tab's session storage. */
export const PENDING_KEY = 'console.sign-in';

export function isBack(): boolean {
  return sessionStorage.getItem(PENDING_KEY) !== null && new URLSearchParams(location.search).has('state');
}
