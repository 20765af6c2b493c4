import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Lastseen } from "../src/client.js";
import { refusal, tokenOf } from "./fake-server.js";
import { withTabs } from "./other-tabs.js";
import { pass } from "./page.js";
import { client, page, server, started, warnings } from "./world.js";

beforeEach(withTabs);

describe("several tabs", () => {
  test("cost what one costs, and know the same", async () => {
    server.comes(5);
    const [first, second] = [await started(), await started()];
    expect(server.routes()).toEqual(["heartbeat", "online-users"]);
    server.goes(5);
    await pass(10_000);
    expect([first.online, second.online]).toEqual([[1], [1]]);
  });

  test("of which one watches nobody follow everybody", async () => {
    server.comes(5);
    server.says(6, { text: "Here" });
    const first = await started();
    const second = client();
    second.watch([6]);
    second.start();
    await pass(2_000);
    expect(first.online).toEqual([1, 5]);
    expect(second.status(6).text).toBe("Here");
  });
});

test("where locks are refused, as in a sandboxed frame, each tab is for itself", async () => {
  const refused = () => Promise.reject(new DOMException("not here", "SecurityError"));
  vi.stubGlobal("navigator", { locks: { request: refused } });
  const [first, second] = [await started(), await started()];
  expect([first.online, second.online]).toEqual([[1], [1]]);
});

describe("with leaveOnClose, a page that goes away", () => {
  const KEY = "lastseen  1";
  const wishes = { everybody: false, ids: [] };
  let channel: BroadcastChannel;
  let said: string[];

  beforeEach(() => {
    channel = new BroadcastChannel(KEY);
    said = [];
    channel.onmessage = ({ data }) => said.push(data.kind);
  });

  async function close(): Promise<void> {
    page.says("pagehide");
    page.hide();
    await pass(1);
  }

  test("says nothing more until it comes back", async () => {
    await started({ leaveOnClose: true });
    await close();
    expect(said.at(-1)).toBe("bye");
    page.says("pageshow");
    await pass(1);
    expect(said.at(-1)).toBe("hello");
  });

  test("marks nobody offline while there is another", async () => {
    await started({ leaveOnClose: true });
    void navigator.locks.request(`${KEY} other`, { signal: new AbortController().signal }, () => new Promise(() => {}));
    channel.postMessage({ kind: "hello", tab: "other", wishes });
    await pass(1);
    await close();
    expect(server.of("mark-offline")).toEqual([]);
  });

  test("does not count one that has crashed", async () => {
    await started({ leaveOnClose: true });
    const crash = new AbortController();
    const life = () => new Promise((resolve) => crash.signal.addEventListener("abort", resolve));
    void navigator.locks.request(`${KEY} other`, { signal: new AbortController().signal }, life);
    channel.postMessage({ kind: "hello", tab: "other", wishes });
    await pass(1);
    crash.abort();
    await pass(1);
    await close();
    expect(server.of("mark-offline")).toHaveLength(1);
  });
});

describe("signing out stops the others", () => {
  const ways: Record<string, () => Lastseen | Promise<Lastseen>> = {
    "in a tab that runs": () => started(),
    "in one that was never started": () => client(),
    "in one that was stopped": async () => {
      const made = await started();
      made.stop();
      return made;
    },
    "in one that waits for its token": () => {
      const tokens = [new Promise<string>(() => {}), tokenOf(1)];
      const made = client({ token: undefined, getToken: () => tokens.shift() });
      made.start();
      return made;
    },
    "in one that a 401 ended": async () => {
      server.instead = () => refusal(401);
      const made = await started();
      server.instead = () => undefined;
      return made;
    },
  };

  test.each(Object.entries(ways))("%s", async (_, way) => {
    warnings();
    const leaver = await way();
    const other = await started();
    await leaver.signOut();
    await pass(1);
    const asked = server.asked.length;
    await pass(600_000);
    expect(server.asked).toHaveLength(asked);
    expect(other.online).toEqual([]);
  });
});
