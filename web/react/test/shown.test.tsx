import { Lastseen } from "@lastseen/client";
import { expect, test, vi } from "vitest";
import { tokenOf } from "../../client/test/fake-server.js";
import { Presence } from "../src/presence.js";
import { UserStatus } from "../src/index.js";
import { badge, inReact, page, pass, server, show } from "./support.js";

inReact();

test("a user whose row was rendered long before it is mounted is followed", async () => {
  const client = new Lastseen({ token: tokenOf(1), fetch: server.fetch as typeof fetch });
  const presence = new Presence(client, true, "en");
  const early = presence.user(5);
  // Whoever is on the page is gathered, and nobody has mounted the row of 5 yet.
  const others = [presence.user(6).subscribe(() => {})];
  await pass(50);
  expect(presence.user(5)).not.toBe(early);

  const told: string[] = [];
  others.push(early.subscribe(() => void told.push(early.view().text)));
  await pass(50);
  server.comes(5);
  await pass(10_000);
  expect(told.at(-1)).toBe("online");
  others.forEach((leave) => leave());
});

test("until the server has answered nobody's status is looked up", async () => {
  const status = vi.spyOn(Lastseen.prototype, "status");
  server.instead = ({ route }) => (route == "online-users" ? new Promise(() => {}) : undefined);
  await show(<UserStatus userId={5} />);
  expect(badge().textContent).toBe("");
  expect(badge().dataset["status"]).toBe("unknown");
  expect(status).not.toHaveBeenCalled();
});

test("an id is the same user as a number and as a text", async () => {
  const ids = [5, "5", "5.0", "05"];
  await show(ids.map((id) => <UserStatus key={typeof id + id} userId={id} />));
  server.comes(5);
  await pass(10_000);
  expect([...page.querySelectorAll(".lastseen")].map(({ textContent }) => textContent)).toEqual(["online", "online", "", ""]);
});
