import type { Connection, Lastseen, UserId, UserStatus } from "@lastseen/client";
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { usePresence } from "./provider.js";

/** The client of the provider around. */
export const useLastseen = (): Lastseen => usePresence().client;

/** Says "I am here" while mounted, and hands out what ends it: call `signOut` where you log out. */
export function useHeartbeat(): { readonly signOut: () => Promise<void> } {
  const presence = usePresence();
  useEffect(presence.retain, [presence]);
  const signOut = useCallback(() => presence.client.signOut(), [presence]);
  return { signOut };
}

const NOBODY: readonly UserId[] = [];

/** Who is online, ascending; renders when somebody comes or goes. */
export function useOnlineUsers(): readonly UserId[] {
  const presence = usePresence();
  const online = useCallback(() => presence.client.online, [presence]);
  return useSyncExternalStore(presence.onOnline, online, () => NOBODY);
}

const BEFORE: Connection = { state: "connecting", reason: null };

/** How it stands with the server, and why; renders when that changes. Does not have the client run. */
export function useConnection(): Connection {
  const presence = usePresence();
  const connection = useCallback(() => presence.client.connection, [presence]);
  return useSyncExternalStore(presence.onConnection, connection, () => BEFORE);
}

/** What is known of a user; renders when that changes. */
export function useUserStatus(id: UserId): UserStatus {
  const user = usePresence().user(id);
  return useSyncExternalStore(
    user.subscribe,
    () => user.status(),
    () => user.before(),
  );
}
