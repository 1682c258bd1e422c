/** The catalogue of the reader's language, and numbers, spans and times as that language writes them. */
import { createContext, use } from 'react';
import { en, type Texts } from './en.ts';
import { ko } from './ko.ts';

export const LANGUAGES = { en: 'English', ko: '한국어' } as const;
export type Language = keyof typeof LANGUAGES;
const CATALOGUES: Readonly<Record<Language, Texts>> = { en, ko };
const KEY = 'console.language';

/** The stored choice, or the browser's first language that there is a catalogue for. */
export function firstLanguage(): Language {
  const wanted = [localStorage.getItem(KEY) ?? '', ...navigator.languages].map((one) => one.slice(0, 2));
  return wanted.find((one): one is Language => one in CATALOGUES) ?? 'en';
}

export function storeLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
}

export const LanguageContext = createContext<{ language: Language; choose: (language: Language) => void }>({
  language: 'en',
  choose: () => {},
});

export function useTexts() {
  const { language, choose } = use(LanguageContext);
  return { t: CATALOGUES[language], language, choose, format: formatsOf(language) };
}

export type Formats = ReturnType<typeof makeFormats>;
const made = new Map<Language, Formats>();

function formatsOf(language: Language): Formats {
  const formats = made.get(language) ?? makeFormats(language);
  made.set(language, formats);
  return formats;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

function makeFormats(language: Language) {
  const time = new Intl.DateTimeFormat(language, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const clock = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
  });
  const minute = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const second = new Intl.DateTimeFormat(language, { timeStyle: 'medium', hourCycle: 'h23' });
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
  const whole = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' });
  const amounts = new Map<string, Intl.NumberFormat>();
  return {
    count: (value: number) => value.toLocaleString(language),
    time: (instant: string) => time.format(new Date(instant)),
    clock: (instant: string) => clock.format(new Date(instant)),
    second: (instant: string) => second.format(new Date(instant)),
    minute: (instant: string) => minute.format(new Date(instant)),
    /** With the year: for what may be far away. */
    day: (instant: string) => day.format(new Date(instant)),
    /** With the zone. */
    whole: (instant: string) => whole.format(new Date(instant)),
    /** A span in its largest unit: `3 min`. */
    span(ms: number): string {
      if (ms < 1_000)
        return new Intl.NumberFormat(language, { style: 'unit', unit: 'millisecond' }).format(Math.round(ms));
      const [unit, size] = UNITS.find(([, one]) => ms >= one) ?? (['second', 1_000] as const);
      const digits = ms / size < 10 && unit !== 'second' && unit !== 'minute' ? 1 : 0;
      return new Intl.NumberFormat(language, {
        style: 'unit',
        unit,
        unitDisplay: 'short',
        maximumFractionDigits: digits,
      }).format(digits === 0 ? Math.floor(ms / size) : ms / size);
    },
    /** A duration to two digits: `1.4 sec`. */
    duration(ms: number): string {
      const [unit, size] = UNITS.find(([, one]) => ms >= one) ?? (['millisecond', 1] as const);
      return new Intl.NumberFormat(language, {
        style: 'unit',
        unit,
        unitDisplay: 'short',
        maximumFractionDigits: ms / size < 10 && size > 1 ? 1 : 0,
      }).format(ms / size);
    },
    /** An amount in the currency's minor unit. */
    money(amount: number, currency: string): string {
      let format = amounts.get(currency);
      if (format === undefined) {
        format = new Intl.NumberFormat(language, { style: 'currency', currency });
        amounts.set(currency, format);
      }
      return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
    },
  };
}
