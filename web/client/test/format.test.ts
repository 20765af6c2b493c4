import { describe, expect, test } from "vitest";
import { formatLastSeen, formatMoment, getStatusColor, isUserOnline } from "../src/format.js";

const now = new Date("2026-01-28T14:00:00Z");
const ago = (seconds: number) => new Date(+now - seconds * 1000);
const [minute, hour, day] = [60, 3600, 86_400];

describe("in English, what the seed's table says", () => {
  test.each([
    [0, "online"],
    [29, "online"],
    [30, "1m ago"],
    [59, "1m ago"],
    [119, "1m ago"],
    [5 * minute, "5m ago"],
    [hour - 1, "59m ago"],
    [2 * hour, "2h ago"],
    [day - 1, "23h ago"],
    [day, "yesterday"],
    [2 * day - 1, "yesterday"],
    [2 * day, "2d ago"],
    [7 * day - 1, "6d ago"],
    [7 * day, "1w ago"],
    [30 * day - 1, "4w ago"],
    [30 * day, "12/29/2025"],
    [400 * day, "12/24/2024"],
    [-5, "online"],
  ])("%i s ago reads %s", (seconds, text) => {
    expect(formatLastSeen(ago(seconds), { now, locale: "en-US" })).toBe(text);
    expect(formatLastSeen(ago(seconds).toISOString(), { now, locale: "en-US" })).toBe(text);
  });
});

test("other languages are the reader's", () => {
  const read = (seconds: number, locale: string) => formatLastSeen(ago(seconds), { now, locale }).replace(/\s/g, " ");
  expect(read(5 * minute, "de")).toBe("vor 5 Min.");
  expect(read(5 * minute, "fr")).toBe("il y a 5 min");
  expect(read(5 * minute, "ru")).toBe("5 мин. назад");
  expect(read(day, "de-AT")).toBe("gestern");
  expect(read(0, "fr")).toBe("en ligne");
  expect(read(day, "es")).toBe("ayer");
  expect(read(400 * day, "en-GB")).toBe("24/12/2024");
});

test("the server's word on who is online wins over the time", () => {
  const options = { now, locale: "en" };
  expect(formatLastSeen(ago(120), { ...options, online: true })).toBe("online");
  expect(getStatusColor(ago(120), { now, online: true })).toBe("#10b981");
  expect(formatLastSeen(ago(3), { ...options, online: false })).toBe("just now");
  expect(formatLastSeen(ago(30), { ...options, online: false })).toBe("1m ago");
  expect(formatLastSeen(ago(3), { now, locale: "de", online: false })).toBe("jetzt");
  expect(getStatusColor(ago(3), { now, online: false })).toBe("#f59e0b");
  expect(formatLastSeen(null, { ...options, online: true })).toBe("online");
});

test("never seen is offline, and so is what is no time", () => {
  for (const never of [null, undefined, "", "yesterday-ish"]) {
    expect(formatLastSeen(never, { locale: "en" })).toBe("offline");
    expect(getStatusColor(never)).toBe("#6b7280");
    expect(isUserOnline(never)).toBe(false);
  }
});

test.each([
  [29, true, "#10b981"],
  [30, false, "#f59e0b"],
  [299, false, "#f59e0b"],
  [300, false, "#6b7280"],
])("%i s ago: online %s, %s", (seconds, online, color) => {
  expect(isUserOnline(ago(seconds), { now })).toBe(online);
  expect(getStatusColor(ago(seconds), { now })).toBe(color);
});

test.each(["ar", "el", "fa", "he", "hi", "th"])("%s has words of its own, and its numbers and times by Intl", (locale) => {
  const words = [formatLastSeen(now, { now, locale }), formatLastSeen(null, { locale })];
  const times = [5 * minute, 3 * hour, day, 3 * day].map((age) => formatLastSeen(ago(age), { now, locale }));
  for (const text of [...words, ...times]) expect(text).not.toMatch(/[a-z]/i);
  expect(new Set([...words, ...times]).size).toBe(6);
});

describe("the exact moment", () => {
  const noon = new Date(2026, 0, 28, 12, 0);
  const at = (...time: [number, number, number, number]) => new Date(2026, ...time);

  test("is a time of today, or a day and a time", () => {
    const read = (time: Date, locale: string) => formatMoment(time, { now: noon, locale });
    expect(read(at(0, 28, 9, 5), "en-GB")).toBe("last seen at 09:05");
    expect(read(at(0, 27, 23, 59), "en-GB")).toBe("last seen on 27 Jan 2026 at 23:59");
    expect(read(at(0, 28, 9, 5), "de")).toBe("09:05");
    expect(read(at(0, 27, 9, 5), "de")).toBe("27.01.2026, 09:05");
  });

  test("is none of who was never seen", () => {
    for (const never of [null, undefined, "", "yesterday-ish"]) expect(formatMoment(never, { locale: "en" })).toBe("");
  });
});
