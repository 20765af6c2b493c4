import type { UserId } from "@lastseen/client";
import { memo, type ReactNode } from "react";
import { useConnection, useOnlineUsers } from "./hooks.js";
import { usePresence } from "./provider.js";
import { badge, type Appearance } from "./status.js";
import { seen } from "./view.js";

export interface OnlineUsersListProps {
  /** How to show a user; default: the id. Keep it the same between renders, or all rows render with the list. */
  readonly renderUser?: (id: UserId) => ReactNode;
  /** What to show when nobody is online; nothing is shown while it is not known who is. */
  readonly empty?: ReactNode;
  readonly size?: Appearance["size"];
  readonly className?: string;
}

/** Who is online, as a list that is up to date. */
export function OnlineUsersList({ renderUser = String, empty = null, size = "md", className }: OnlineUsersListProps): ReactNode {
  const online = useOnlineUsers();
  const { state } = useConnection();
  if (!online.length) return state == "live" || state == "stale" ? empty : null;
  return (
    <ul className={["lastseen-list", className].filter(Boolean).join(" ")}>
      {online.map((id) => (
        <Row key={id} id={id} renderUser={renderUser} size={size} />
      ))}
    </ul>
  );
}

type RowProps = { readonly id: UserId } & Required<Pick<OnlineUsersListProps, "renderUser">> & Pick<Appearance, "size">;

const Row = memo(function Row({ id, renderUser, size = "md" }: RowProps) {
  const { locale } = usePresence();
  return (
    <li>
      {badge(seen(null, { locale, online: true }), { showText: false, size })}
      {renderUser(id)}
    </li>
  );
});
