const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** For how long after a sign of life a bare timestamp reads as online. */
const ONLINE_FOR = 30 * SECOND;
/** For how long it is recent. */
const RECENT_FOR = 5 * MINUTE;

export const COLORS = { online: "#10b981", recent: "#f59e0b", offline: "#6b7280" } as const;

/** When somebody was last seen: a date, RFC 3339, or milliseconds. */
export type LastSeen = Date | string | number | null | undefined;

export interface FormatOptions {
  /** In whose language; default: the reader's. */
  readonly locale?: string | undefined;
  /** The time it is; default: now. */
  readonly now?: Date | number;
  /** Whether they are online, if that is known. Without it the time alone decides. */
  readonly online?: boolean | undefined;
}

/**
 * When somebody was last seen, for people: `online`, `5m ago`, `2h ago`, `yesterday`, `3d ago`, `2w ago`, and a date
 * after 30 days; `offline` if they never were. Half a minute ago is `1m ago`. Who left within the last half minute was
 * here `just now`.
 */
export function formatLastSeen(lastSeen: LastSeen, { locale, now, online }: FormatOptions = {}): string {
  const age = ageOf(lastSeen, now);
  if (online ?? age < ONLINE_FOR) return word("online", locale);
  if (isNaN(age)) return word("offline", locale);
  if (age < ONLINE_FOR) return justNow(locale);
  if (age < HOUR) return ago(Math.max(1, Math.floor(age / MINUTE)), "minute", locale);
  if (age < DAY) return ago(Math.floor(age / HOUR), "hour", locale);
  const days = Math.floor(age / DAY);
  if (days < 7) return ago(days, "day", locale);
  if (days < 30) return ago(Math.floor(days / 7), "week", locale);
  return new Intl.DateTimeFormat(locale).format(timeOf(lastSeen));
}

/**
 * The moment at which somebody was last seen, for people who want it exactly: `last seen at 14:05`, `last seen on
 * 28 Jan 2026 at 14:05` on another day; in other languages than English the time alone. Empty if they never were.
 */
export function formatMoment(lastSeen: LastSeen, { locale, now }: FormatOptions = {}): string {
  const time = timeOf(lastSeen);
  if (isNaN(time)) return "";
  const [date, clock] = [moments(locale, "date"), moments(locale, "clock")];
  const isToday = date.format(time) == date.format(now ?? Date.now());
  if (languageOf(locale) != "en") return isToday ? clock.format(time) : moments(locale, "both").format(time);
  return `last seen ${isToday ? "" : `on ${date.format(time)} `}at ${clock.format(time)}`;
}

/** The colour of their dot: green when online, amber for five minutes after, grey otherwise. */
export function getStatusColor(lastSeen: LastSeen, { now, online }: FormatOptions = {}): string {
  const age = ageOf(lastSeen, now);
  if (online ?? age < ONLINE_FOR) return COLORS.online;
  return age < RECENT_FOR ? COLORS.recent : COLORS.offline;
}

/** Whether a bare timestamp reads as online. The server knows better: see `isOnline` of the client. */
export const isUserOnline = (lastSeen: LastSeen, { now }: FormatOptions = {}): boolean =>
  ageOf(lastSeen, now) < ONLINE_FOR;

const timeOf = (lastSeen: LastSeen): number => (lastSeen == null ? NaN : +new Date(lastSeen));

/** In milliseconds; NaN if they were never seen. A time ahead of this machine's clock is now. */
const ageOf = (lastSeen: LastSeen, now: Date | number = Date.now()): number => Math.max(0, +now - timeOf(lastSeen));

type Unit = "minute" | "hour" | "day" | "week";

function ago(count: number, unit: Unit, locale?: string): string {
  const language = languageOf(locale);
  const yesterday = unit == "day" && count == 1;
  // What browsers write in English depends on their age.
  if (language == "en") return yesterday ? "yesterday" : `${count}${unit[0]} ago`;
  return relative(locale, yesterday ? "auto" : "always").format(-count, unit);
}

const justNow = (locale?: string): string =>
  languageOf(locale) == "en" ? "just now" : relative(locale, "auto").format(0, "second");

const formats = new Map<string, Intl.RelativeTimeFormat>();

/** To make one takes long, and a page may show thousands. */
function relative(locale: string | undefined, numeric: "auto" | "always"): Intl.RelativeTimeFormat {
  const key = `${locale} ${numeric}`;
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.RelativeTimeFormat(locale, { numeric, style: "short" })));
  return format;
}

const STYLES = {
  date: { dateStyle: "medium" },
  clock: { timeStyle: "short" },
  both: { dateStyle: "medium", timeStyle: "short" },
} as const;

const clocks = new Map<string, Intl.DateTimeFormat>();

function moments(locale: string | undefined, style: keyof typeof STYLES): Intl.DateTimeFormat {
  const key = `${locale} ${style}`;
  let format = clocks.get(key);
  if (!format) clocks.set(key, (format = new Intl.DateTimeFormat(locale, STYLES[style])));
  return format;
}

const languages = new Map<string | undefined, string>();

function languageOf(locale: string | undefined): string {
  let language = languages.get(locale);
  if (!language) {
    const whole = locale ?? new Intl.DateTimeFormat().resolvedOptions().locale;
    languages.set(locale, (language = whole.split("-")[0] ?? whole));
  }
  return language;
}

/** What no `Intl` knows, where it is not as in English. */
const WORDS: Record<string, readonly [online: string, offline: string]> = {
  ar: ["متصل", "غير متصل"],
  el: ["σε σύνδεση", "εκτός σύνδεσης"],
  es: ["en línea", "desconectado"],
  fa: ["آنلاین", "آفلاین"],
  fr: ["en ligne", "hors ligne"],
  he: ["מחובר", "לא מחובר"],
  hi: ["ऑनलाइन", "ऑफ़लाइन"],
  ja: ["オンライン", "オフライン"],
  ko: ["온라인", "오프라인"],
  ru: ["в сети", "не в сети"],
  th: ["ออนไลน์", "ออฟไลน์"],
  tr: ["çevrimiçi", "çevrimdışı"],
  uk: ["у мережі", "не в мережі"],
  zh: ["在线", "离线"],
};

const word = (word: "online" | "offline", locale?: string): string =>
  WORDS[languageOf(locale)]?.[word == "online" ? 0 : 1] ?? word;
