import type { UserId, UserStatus as Status } from "@lastseen/client";
import { formatLastSeen, getStatusColor, COLORS, type LastSeen } from "@lastseen/client/format";
import { useCallback, useSyncExternalStore, type ReactNode } from "react";
import { usePresence } from "./provider.js";

export interface Appearance {
  /** Whether to show the dot. Default: true. */
  readonly showDot?: boolean;
  /** Whether to show the text; if not, it is there for those who listen. Default: true. */
  readonly showText?: boolean;
  /** Default: `md`. */
  readonly size?: "sm" | "md" | "lg";
  readonly className?: string | undefined;
}

type Shade = "online" | "recent" | "offline";

/** A dot and a text; the dot's shape says what its colour does. */
export function Badge(props: Appearance & { readonly shade: Shade; readonly text: string; readonly availability?: string }) {
  const { shade, text, availability, showDot = true, showText = true, size = "md", className } = props;
  const names = ["lastseen", `lastseen-${size}`, showDot ? "lastseen-dot" : "", className ?? ""].filter(Boolean).join(" ");
  return (
    <span className={names} data-status={shade} data-availability={availability} suppressHydrationWarning>
      {showText ? text : <span className="lastseen-unseen">{text}</span>}
    </span>
  );
}

export type UserStatusProps = Appearance &
  (
    | { /** A user, as the server knows them. */ readonly userId: UserId; readonly lastSeen?: undefined }
    | { /** A bare timestamp. */ readonly lastSeen: LastSeen; readonly userId?: undefined }
  );

/**
 * A dot and when somebody was last seen. Of a user the server says whether they are online; a bare timestamp is
 * online for 30 seconds. Either is recent for 5 minutes.
 */
export function UserStatus({ userId, lastSeen, ...appearance }: UserStatusProps): ReactNode {
  const presence = usePresence();
  const subscribe = useCallback(
    (callback: () => void) => {
      const ends = [presence.onTick(callback)];
      if (userId !== undefined) ends.push(presence.onStatus(userId, callback));
      return () => ends.forEach((end) => end());
    },
    [presence, userId],
  );
  // As text, so that a row renders when what it shows changes, and not otherwise.
  const shown = (status?: Status) => {
    const seen = status ? status.last_seen : lastSeen;
    const options = { locale: presence.locale, now: presence.client.now(), online: status?.is_online };
    const availability = status?.is_online ? status.availability : "";
    return [shadeOf(seen, options), availability, formatLastSeen(seen, options)].join("\n");
  };
  const [shade, availability, text] = useSyncExternalStore(
    subscribe,
    () => shown(userId === undefined ? undefined : presence.client.status(userId)),
    () => shown(userId === undefined ? undefined : presence.before(userId)),
  ).split("\n") as [Shade, string, string];
  return <Badge {...appearance} shade={shade} text={text} {...(availability && { availability })} />;
}

const SHADES: Record<string, Shade> = { [COLORS.online]: "online", [COLORS.recent]: "recent", [COLORS.offline]: "offline" };

const shadeOf = (...seen: Parameters<typeof getStatusColor>): Shade => SHADES[getStatusColor(...seen)] ?? "offline";

/** `UserStatus` of a user. */
export const UserStatusIndicator = (props: Appearance & { readonly userId: UserId }): ReactNode => <UserStatus {...props} />;

/** A green dot for whoever is online, a grey one for whoever is not. */
export function OnlineStatusIndicator({ userId, showText = false, ...rest }: Appearance & { readonly userId: UserId }): ReactNode {
  const presence = usePresence();
  const subscribe = useCallback((callback: () => void) => presence.onStatus(userId, callback), [presence, userId]);
  const online = useSyncExternalStore(
    subscribe,
    () => presence.client.status(userId).is_online,
    () => false,
  );
  const text = formatLastSeen(null, { locale: presence.locale, online });
  return <Badge {...rest} showText={showText} shade={online ? "online" : "offline"} text={text} />;
}
