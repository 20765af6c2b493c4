import type { UserStatus } from "@lastseen/client";
import { COLORS, formatLastSeen, getStatusColor, type FormatOptions, type LastSeen } from "@lastseen/client/format";

export type Shade = "online" | "recent" | "offline" | "unknown";

/** What a component shows of somebody. */
export interface View {
  readonly shade: Shade;
  /** Of whoever is online. */
  readonly availability: string | undefined;
  readonly text: string;
  /** Set on what a server rendered: see `before`. */
  readonly key?: string;
}

const SHADES: Record<string, Shade> = { [COLORS.online]: "online", [COLORS.recent]: "recent", [COLORS.offline]: "offline" };

const views = new Map<string, View>();

/** The same object for the same view, so that a row whose view is as it was does not render; most are alike. */
function view(shade: Shade, availability: string | undefined, text: string): View {
  const key = `${shade} ${availability} ${text}`;
  let known = views.get(key);
  if (!known) views.set(key, (known = { shade, availability, text }));
  return known;
}

const taken = new WeakMap<View, View>();

/**
 * A view that depends on the time, for a server to render and a browser to take over. What the server wrote is not
 * known then and React leaves it as it is, so an element with another key has to take its place.
 */
export function before(view: View): View {
  let known = taken.get(view);
  if (!known) taken.set(view, (known = { ...view, key: "before" }));
  return known;
}

/** What no time changes, by locale and availability: of whoever is online, and of whoever was never seen. */
const timeless = new Map<string | undefined, Map<string | false, View>>();

/** No text: nothing that is said of somebody of whom nothing is known would be true. */
export const UNKNOWN: View = { shade: "unknown", availability: undefined, text: "" };

type Seen = Pick<UserStatus, "status" | "is_online" | "last_seen" | "availability">;

export function viewOf(status: Seen, locale: string | undefined, clock: { now(): number }): View {
  if (status.status == "unknown") return UNKNOWN;
  const { is_online: online, last_seen } = status;
  if (!online && last_seen) return seen(last_seen, { locale, online, now: clock.now() });
  const availability = online && status.availability;
  let known = timeless.get(locale);
  if (!known) timeless.set(locale, (known = new Map()));
  let view = known.get(availability);
  if (!view) known.set(availability, (view = seen(null, { locale, online }, availability || undefined)));
  return view;
}

/** What is known of anybody where a server renders, and before a browser has asked. */
export const NOTHING = {
  is_online: false,
  status: "unknown",
  last_seen: null,
  availability: "available",
  text: null,
  emoji: null,
  expires_at: null,
} as const;

/** Of a bare timestamp, or with `online` of whatever the server says. */
export function seen(lastSeen: LastSeen, options: FormatOptions, availability?: string): View {
  const shade = SHADES[getStatusColor(lastSeen, options)] ?? "offline";
  return view(shade, availability, formatLastSeen(lastSeen, options));
}
