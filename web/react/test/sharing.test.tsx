import { Lastseen } from "@lastseen/client";
import type { ReactNode } from "react";
import { describe, expect, test } from "vitest";
import { tokenOf } from "../../client/test/fake-server.js";
import { LastseenProvider, OnlineUsersList, UserStatus } from "../src/index.js";
import { askedWithin, inReact, page, render, server, show } from "./support.js";

inReact();

describe("another locale", () => {
  const everything = (
    <>
      <UserStatus userId={5} />
      <UserStatus lastSeen="2026-01-28T14:00:00Z" />
      <OnlineUsersList />
    </>
  );

  test("goes on beating and polling, without beginning anew", async () => {
    await show(everything);
    await show(everything, { locale: "fr" });
    expect(server.of("heartbeat")).toHaveLength(1);
    expect(await askedWithin(300_000)).toBeGreaterThan(20);
    expect(server.of("heartbeat").length).toBeGreaterThan(2);
  });

  test("is read in every text", async () => {
    server.comes(5);
    await show(everything);
    expect(page.textContent).toBe("onlineonlineonline1online5");
    await show(everything, { locale: "fr" });
    expect(page.textContent).toBe("en ligneen ligneen ligne1en ligne5");
  });
});

describe("two providers of one client", () => {
  const client = (): Lastseen => new Lastseen({ token: tokenOf(1), fetch: server.fetch as typeof fetch });
  const two = (one: Lastseen, names: readonly string[]): ReactNode =>
    names.map((name, at) => (
      <LastseenProvider key={name} client={one} locale={at ? "fr" : "en"}>
        <UserStatus userId={5} />
      </LastseenProvider>
    ));

  test("leave it running when one of them goes, and stopped when both have gone", async () => {
    const shared = client();
    await render(two(shared, ["a", "b"]));
    await render(two(shared, ["a"]));
    expect(await askedWithin(300_000)).toBeGreaterThan(20);
    expect(server.of("heartbeat")[1]!.at - server.of("heartbeat")[0]!.at).toBeGreaterThan(100_000);
    await render(null);
    expect(await askedWithin(300_000)).toBe(0);
  });

  test("show each their own language", async () => {
    server.comes(5);
    await render(two(client(), ["a", "b"]));
    expect(page.textContent).toBe("onlineen ligne");
  });
});
