/** The setting that lists the origins of pages. Without HTTP behind it: processes that serve no page read settings too. */
import * as z from 'zod';

/** `scheme://host[:port]`, of any scheme: an app's web view has one of its own, such as `capacitor://localhost`. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s]+$/;

/** Origins, separated by commas. A mistyped one would only fail in the customer's browser, so it is refused at start-up. */
export const originList = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  )
  .refine((all) => all.every(isOrigin), {
    error: ({ input }) =>
      `${(input as string[]).filter((one) => !isOrigin(one)).join(', ')}: write each origin as a browser sends it, such as ` +
      'https://shop.example or http://127.0.0.1:8080, without a path, and separate them by commas',
  });

function isOrigin(text: string): boolean {
  if (!ORIGIN.test(text)) return false;
  // Of schemes that it does not know, URL gives no origin.
  return !/^https?:/.test(text) || URL.parse(text)?.origin === text;
}
