import { describe, expect, test, vi } from "vitest";
import { refusal } from "../../client/test/fake-server.js";
import { OnlineUsersList, UserStatus } from "../src/index.js";
import { Beating, askedWithin, inReact, leave, pass, render, server, show } from "./support.js";

inReact();

describe("between two pages of a site", () => {
  test("the client goes on, and keeps to what the server asked it to wait", async () => {
    server.instead = () => refusal(503, { "Retry-After": "60" });
    for (let turn = 0; turn < 10; turn++) {
      await show(<UserStatus key={turn} userId={5} />);
      await show(null);
    }
    expect(server.routes()).toEqual(["heartbeat", "online-users", "batch"]);
  });

  test("a beat that is under way is not aborted", async () => {
    server.instead = ({ route }) => (route == "heartbeat" ? new Promise(() => {}) : undefined);
    for (let turn = 0; turn < 10; turn++) {
      await show(<Beating key={turn} />);
      await show(null);
    }
    expect(server.of("heartbeat").map(({ aborted }) => aborted())).toEqual([false]);
  });

  test("nothing is asked anew of what is shown again", async () => {
    const content = (
      <>
        <UserStatus userId={5} />
        <OnlineUsersList />
      </>
    );
    for (let turn = 0; turn < 10; turn++) {
      await show(content);
      await show(null);
    }
    expect(server.routes()).toEqual(["heartbeat", "online-users", "batch"]);
  });

  test("what was shown before is no longer asked for", async () => {
    await show(<UserStatus userId={5} />);
    await show(null);
    await show(<UserStatus userId={6} />);
    await pass(10_000);
    expect(server.of("online-users").at(-1)!.query.getAll("ids")).toEqual(["6"]);
    await show(<Beating />);
    await pass(10_000);
    expect(server.of("online-users").at(-1)!.query.getAll("ids")).toEqual([]);
  });

  test("the client stops when none comes, and leaves no timer", async () => {
    await show(
      <>
        <UserStatus userId={5} />
        <OnlineUsersList />
      </>,
    );
    await show(null);
    expect(await askedWithin(300_000)).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("nothing is waited for when the provider goes as well", async () => {
    for (const content of [<UserStatus userId={5} />, null]) {
      await show(content);
      await render(null);
      // For so long the client may gather wishes, whether it runs or not.
      expect(await askedWithin(2_000)).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
    }
    await leave();
    expect(await askedWithin(300_000)).toBe(0);
  });
});
