import { userOf, type Lastseen, type Options, type Token } from "@lastseen/client";
import { createContext, useContext, useEffect, useInsertionEffect, useMemo, type ReactNode } from "react";
import { Presence } from "./presence.js";
import { Provided } from "./provided.js";
import { hold } from "./spent.js";
import { adoptStyles } from "./styles.js";

const Context = createContext<Presence | undefined>(undefined);

export interface LastseenProviderProps extends Omit<Options, "token"> {
  /** The token of whoever is signed in; nothing while nobody is. A newer one of the same user takes its place. */
  readonly token?: Token;
  /** A client of your own, in place of the options. */
  readonly client?: Lastseen;
  /** In whose language to say when somebody was last seen; default: the reader's. Servers should say it. */
  readonly locale?: string;
  readonly children?: ReactNode;
}

/**
 * Gives the hooks and components below it a client. It runs while one of them is mounted and somebody is signed in.
 * With `getToken` alone, give it a `key` that tells users apart.
 */
export function LastseenProvider({ children, client, locale, ...options }: LastseenProviderProps): ReactNode {
  const { token, getToken, ...rest } = options;
  const { url, leaveOnClose = false, user = token ? userOf(token) : undefined } = rest;
  const [made, latest] = useMemo(() => {
    // Its own: a client that is left behind never goes by the token of whoever comes after.
    const latest = { current: options };
    return [client ?? new Provided({ ...rest, leaveOnClose }, () => latest.current), latest];
  }, [client, url, user, leaveOnClose]);
  useInsertionEffect(() => {
    latest.current = options;
    adoptStyles();
  });
  // Before a child's effect signs out.
  useInsertionEffect(() => hold(token), [token]);
  const isActive = Boolean(client ?? token ?? getToken);
  const presence = useMemo(() => new Presence(made, isActive, locale), [made, isActive, locale]);
  useEffect(presence.provide, [presence]);
  useEffect(() => presence.resume(), [presence, token]);
  return <Context.Provider value={presence}>{children}</Context.Provider>;
}

export function usePresence(): Presence {
  const presence = useContext(Context);
  if (!presence) throw new Error("A <LastseenProvider> is needed around whatever uses @lastseen/react.");
  return presence;
}
