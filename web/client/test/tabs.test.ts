import { beforeEach, describe, expect, test } from "vitest";
import { withTabs } from "./other-tabs.js";
import { pass } from "./page.js";
import { client, server, started } from "./world.js";

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
