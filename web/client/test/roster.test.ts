import { describe, expect, test } from "vitest";
import { Roster } from "../src/roster.js";
import type { UserStatus } from "../src/types.js";

const status = (user_id: number, said: Partial<UserStatus> = {}): UserStatus => ({
  ...{ user_id, is_online: true, status: "online", last_seen: "2026-01-28T14:00:00.000Z" },
  ...{ availability: "available", text: null, emoji: null, expires_at: null },
  ...said,
});

function roster(...online: number[]): Roster {
  const made = new Roster();
  made.apply({ anew: true, came: online });
  return made;
}

describe("what repeats what is known", () => {
  test("changes nothing, be it a delta, the full set or a status", () => {
    const made = roster(1, 2);
    made.apply({ statuses: [status(2)] });
    const [online, known] = [made.online, made.status(2)];
    expect(made.apply({ came: [1, 2], went: [7] })).toEqual(new Set());
    expect(made.apply({ anew: true, came: [2, 1] })).toEqual(new Set());
    expect(made.apply({ statuses: [status(2)] })).toEqual(new Set());
    expect([made.online, made.status(2)]).toEqual([online, known]);
    expect(made.online).toBe(online);
    expect(made.status(2)).toBe(known);
  });
});

test("a full set is the whole set", () => {
  const made = roster(1, 2, 3);
  expect(made.apply({ anew: true, came: [3, 4] })).toEqual(new Set(["1", "2", "4"]));
  expect(made.online).toEqual([3, 4]);
});

test("of who goes, last seen is not known until the server says it", () => {
  const made = roster();
  made.apply({ statuses: [status(5, { text: "Here" })] });
  expect(made.isTold(5)).toBe(true);
  made.apply({ went: [5] });
  expect(made.isTold(5)).toBe(false);
  expect(made.status(5)).toMatchObject({ is_online: false, status: "offline", last_seen: null, text: "Here" });
});

test("a status brings its user on- or offline", () => {
  const made = roster(1);
  expect(made.apply({ statuses: [status(5), status(1, { is_online: false, status: "offline" })] })).toEqual(new Set(["5", "1"]));
  expect(made.online).toEqual([5]);
});

test("numbers are ascending as numbers", () => {
  expect(roster(10, 9, 100).online).toEqual([9, 10, 100]);
});

test("all of it makes another tab know the same", () => {
  const made = roster(1, 2);
  made.apply({ statuses: [status(2, { text: "Here" }), status(9, { is_online: false, status: "offline" })] });
  const other = new Roster();
  other.apply(made.all);
  expect(other.online).toEqual([1, 2]);
  expect([other.status(2), other.status(9)]).toEqual([made.status(2), made.status(9)]);
});
