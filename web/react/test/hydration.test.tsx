import { act, type ReactElement, type ReactNode } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { describe, expect, test, vi } from "vitest";
import { OnlineUsersList, UserStatus, useUserStatus } from "../src/index.js";
import { App, inReact, pass, server } from "./support.js";

inReact();

/** Has a server render it and a browser take over, `later`; calls back with what is shown. */
async function takeOver(content: ReactNode, later: number, look: (page: HTMLElement) => unknown): Promise<void> {
  const all = <App>{content}</App>;
  const page = document.createElement("div");
  page.innerHTML = renderToString(all);
  expect(server.asked).toEqual([]);
  vi.setSystemTime(Date.now() + later);
  const complaints: string[] = [];
  const onRecoverableError = (error: unknown) => void complaints.push(String(error));
  const taken = await act(async () => hydrateRoot(page, all, { onRecoverableError }));
  await look(page);
  expect(complaints).toEqual([]);
  await act(async () => taken.unmount());
}

function Row(): ReactElement {
  return <b>{useUserStatus(5).status}</b>;
}

test("what a server renders is taken over without a complaint", async () => {
  server.comes(5);
  const content = (
    <>
      <Row />
      <UserStatus userId={5} />
      <UserStatus lastSeen="2026-01-28T12:00:00Z" />
      <OnlineUsersList />
    </>
  );
  const rendered = renderToString(<App>{content}</App>);
  expect(rendered.replace(/<[^>]*>/g, "")).toBe("unknown2h ago");
  await takeOver(content, 0, async (page) => {
    await pass(50);
    expect(page.textContent).toBe("onlineonline2h agoonline1online5");
  });
});

describe.each([true, false])("a bare timestamp that a server rendered, with showText=%s", (showText) => {
  const content = <UserStatus lastSeen="2026-01-28T13:59:50Z" showText={showText} />;
  const shown = (page: HTMLElement) => {
    const badge = page.querySelector<HTMLElement>(".lastseen")!;
    return [badge.dataset["status"], badge.textContent];
  };

  test("reads as the time is now, however old the page", async () => {
    expect(renderToString(<App>{content}</App>)).toContain("online");
    await takeOver(content, 3_600_000, async (page) => {
      expect(shown(page)).toEqual(["offline", "1h ago"]);
      await pass(3_600_000);
      expect(shown(page)).toEqual(["offline", "2h ago"]);
    });
  });

  test("reads the same when no time has passed", async () => {
    await takeOver(content, 0, (page) => expect(shown(page)).toEqual(["online", "online"]));
  });
});
