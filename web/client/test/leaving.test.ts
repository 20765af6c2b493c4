import { describe, expect, test, vi } from "vitest";
import { refusal } from "./fake-server.js";
import { pass } from "./page.js";
import { client, errors, page, server, started, warnings } from "./world.js";

describe("signing out", () => {
  test("is on its way at once, and outlives the page", async () => {
    const made = await started();
    void made.signOut();
    const goodbye = server.asked.at(-1)!;
    expect(goodbye).toMatchObject({ route: "mark-offline", keepalive: true });
    expect(goodbye.body!["session_id"]).toBe(server.asked[0]!.body!["session_id"]);
    await pass(600_000);
    expect(server.asked.at(-1)).toBe(goodbye);
    expect(made.online).toEqual([]);
  });

  test("aborts a beat in flight, and its stamp is later", async () => {
    server.instead = ({ route }) => (route == "heartbeat" ? new Promise(() => {}) : undefined);
    const made = await started();
    await made.signOut();
    const [beat] = server.of("heartbeat");
    const [goodbye] = server.of("mark-offline");
    expect(beat!.aborted()).toBe(true);
    expect(Date.parse(String(goodbye!.body!["timestamp"]))).toBeGreaterThan(Date.parse(String(beat!.body!["timestamp"])));
  });

  test("wins over beats that were stamped by a clock that was ahead", async () => {
    server.ahead = -20_000;
    const made = await started();
    await made.signOut();
    const stamp = (route: string) => Date.parse(String(server.of(route)[0]!.body!["timestamp"]));
    expect(stamp("mark-offline")).toBeGreaterThan(stamp("heartbeat"));
  });

  test("is on its way though a listener throws, which others hear of all the same", async () => {
    const reported = errors();
    const made = await started();
    const [mine, listener] = [new Error("mine"), vi.fn()];
    made.subscribe(() => {
      throw mine;
    });
    made.subscribe(listener);
    await made.signOut();
    expect(server.of("mark-offline")).toHaveLength(1);
    expect(listener).toHaveBeenCalledOnce();
    expect(reported).toEqual([mine]);
  });

  test("works where nothing was started, and never fails", async () => {
    const warn = warnings();
    await client().signOut();
    expect(server.routes()).toEqual(["mark-offline"]);
    server.instead = () => refusal(503);
    await client().signOut();
    expect(warn).toHaveBeenCalledTimes(1);
  });
});

describe("closing the page", () => {
  test("says nothing unless asked to", async () => {
    await started();
    page.says("pagehide");
    expect(server.of("mark-offline")).toEqual([]);
  });

  test("marks the session offline with leaveOnClose, and beats at once if the page comes back", async () => {
    await started({ leaveOnClose: true });
    page.hide();
    page.says("pagehide");
    expect(server.of("mark-offline")).toHaveLength(1);
    await pass(5_000);
    page.show();
    page.says("pageshow");
    await pass(1);
    expect(server.of("heartbeat")).toHaveLength(2);
  });
});

test("where there is no page, nothing happens", () => {
  vi.unstubAllGlobals();
  const made = client();
  made.start();
  expect(server.asked).toEqual([]);
});
