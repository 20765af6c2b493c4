import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { FakeServer, tokenOf } from "../../client/test/fake-server.js";
import { LastseenProvider, useHeartbeat, type LastseenProviderProps } from "../src/index.js";

export let server: FakeServer;
export let page: HTMLElement;
let root: Root;

/** Gives each test of a file a server, a page, and a clock that is moved by hand. Nothing may be complained of. */
export function inReact(): void {
  let errors: ReturnType<typeof vi.spyOn>;

  beforeEach(() => {
    vi.useFakeTimers({ now: new Date("2026-01-28T14:00:00Z") });
    vi.spyOn(Math, "random").mockReturnValue(0);
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    // One page for each test: the tabs of jsdom are of another kind than its events.
    vi.stubGlobal("BroadcastChannel", undefined);
    errors = vi.spyOn(console, "error").mockImplementation(() => {});
    localStorage.clear();
    server = new FakeServer();
    page = document.body.appendChild(document.createElement("main"));
    root = createRoot(page);
  });

  afterEach(async () => {
    await leave();
    page.remove();
    expect(errors).not.toHaveBeenCalled();
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
}

export const pass = (ms: number): Promise<void> => act(() => vi.advanceTimersByTimeAsync(ms).then(() => {}));

export function App(props: LastseenProviderProps): ReactNode {
  return <LastseenProvider token={tokenOf(1)} fetch={server.fetch as typeof fetch} locale="en" {...props} />;
}

/** Renders as it is, without a provider. */
export async function render(content: ReactNode): Promise<void> {
  await act(async () => root.render(content));
  await pass(50);
}

export const show = (content: ReactNode, props: LastseenProviderProps = {}): Promise<void> =>
  render(<App {...props}>{content}</App>);

/** Unmounts all of the page, the provider with it. */
export const leave = (): Promise<void> => act(async () => root.unmount());

/** How much is asked from now on, while time passes. */
export async function askedWithin(ms: number): Promise<number> {
  const before = server.asked.length;
  await pass(ms);
  return server.asked.length - before;
}

export const badge = (): HTMLElement => page.querySelector<HTMLElement>(".lastseen")!;

export function Beating(): ReactNode {
  const { signOut } = useHeartbeat();
  return <button onClick={() => void signOut()}>Sign out</button>;
}
