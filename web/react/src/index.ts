/** React hooks and components that show who is online. */
export { useConnection, useHeartbeat, useLastseen, useOnlineUsers, useUserStatus } from "./hooks.js";
export { OnlineUsersList, type OnlineUsersListProps } from "./online-users-list.js";
export { LastseenProvider, type LastseenProviderProps } from "./provider.js";
export { OnlineStatusIndicator, UserStatus, UserStatusIndicator, type Appearance, type UserStatusProps } from "./status.js";
