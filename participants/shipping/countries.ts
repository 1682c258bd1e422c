/** The countries that shipping serves, by their ISO 3166-1 codes. */

const SERVED: ReadonlySet<string> = new Set(
  (
    'AT AU BE BG BR CA CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT JP KR LI LT LU LV MT MX NL NO NZ PL PT RO SE SG ' +
    'SI SK TW US'
  ).split(' '),
);

export function served(country: string): boolean {
  return SERVED.has(country);
}
