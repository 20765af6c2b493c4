import type { UserId } from "@lastseen/client";
import type { LastSeen } from "@lastseen/client/format";
import { useSyncExternalStore, type ReactElement, type ReactNode } from "react";
import { usePresence } from "./provider.js";
import { UNKNOWN, seen, type View } from "./view.js";

export interface Appearance {
  /** Whether to show the dot. Default: true. */
  readonly showDot?: boolean;
  /** Whether to show the text; if not, it is there for those who listen. Default: true. */
  readonly showText?: boolean;
  /** Default: `md`. */
  readonly size?: "sm" | "md" | "lg";
  readonly className?: string | undefined;
}

/** A dot and a text, and `title` for who wants to know exactly; the dot's shape says what its colour does. Called, not mounted: a page may have thousands. */
export function badge({ shade, availability, text, key }: View, appearance: Appearance, title?: string): ReactElement {
  const { showDot = true, showText = true, size = "md", className } = appearance;
  const names = `lastseen lastseen-${size}${showDot ? " lastseen-dot" : ""}${className ? ` ${className}` : ""}`;
  return (
    <span
      key={key}
      className={names}
      title={title || undefined}
      data-status={shade}
      data-availability={availability}
      aria-busy={shade == "unknown" || undefined}
      suppressHydrationWarning
    >
      {showText ? text : <span className="lastseen-unseen" suppressHydrationWarning>{text}</span>}
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
export function UserStatus(props: UserStatusProps): ReactNode {
  const presence = usePresence();
  const shown = props.userId === undefined ? presence.timestamp(props.lastSeen) : presence.user(props.userId);
  const view = useSyncExternalStore(shown.subscribe, shown.view, shown.viewBefore);
  return badge(view, props, view.shade == "recent" || view.shade == "offline" ? shown.moment() : "");
}

/** `UserStatus` of a user. */
export const UserStatusIndicator = (props: Appearance & { readonly userId: UserId }): ReactNode => <UserStatus {...props} />;

/** A green dot for whoever is online, a grey one for whoever is not, a dashed one while nothing is known. */
export function OnlineStatusIndicator({ userId, showText = false, ...rest }: Appearance & { readonly userId: UserId }): ReactNode {
  const presence = usePresence();
  const user = presence.user(userId);
  const status = useSyncExternalStore(
    user.subscribe,
    () => user.status().status,
    () => "unknown" as const,
  );
  const view = status == "unknown" ? UNKNOWN : seen(null, { locale: presence.locale, online: status == "online" });
  return badge(view, { ...rest, showText });
}
