import { BASE } from "./api.js";
import { find, make, write } from "./page.js";

/** What the client asks, as opposed to this page. */
const ROUTES: Record<string, string> = {
  "/api/chat/heartbeat": "beat",
  "/api/chat/online-users": "poll",
  "/api/user-status/batch": "statuses",
  "/api/chat/mark-offline": "goodbye",
};

const SHOWN = 6;

/** Counts what presence costs this tab, as the browser measures it. */
export class Costs {
  readonly #observer = new PerformanceObserver((entries) => this.#count(entries.getEntries()));
  readonly #since = performance.now();
  readonly #timer = setInterval(() => this.#rate(), 1_000);
  readonly #log = find("#log");
  #requests = 0;
  #bytes = 0;

  constructor() {
    this.#log.replaceChildren();
    this.#observer.observe({ type: "resource" });
    this.#show();
  }

  end(): void {
    this.#observer.disconnect();
    clearInterval(this.#timer);
  }

  #count(entries: PerformanceEntryList): void {
    for (const entry of entries as PerformanceResourceTiming[]) {
      const { pathname, search } = new URL(entry.name);
      const what = pathname.startsWith(BASE) && ROUTES[pathname.slice(BASE.length)];
      if (!what) continue;
      this.#requests++;
      this.#bytes += entry.transferSize;
      const delta = what == "poll" && search.includes("since=") ? "poll, by cursor" : what;
      const time = new Date(performance.timeOrigin + entry.startTime).toLocaleTimeString([], { hour12: false });
      const row = make("tr");
      const duration = String(Math.max(1, Math.round(entry.duration)));
      row.append(...[time, delta, String(entry.transferSize), duration].map((text) => make("td", "", text)));
      this.#log.prepend(row);
      this.#log.children[SHOWN]?.remove();
    }
    this.#show();
  }

  #show(): void {
    write(find("#requests"), String(this.#requests));
    write(find("#bytes"), size(this.#bytes));
    write(find("#each"), size(this.#requests ? this.#bytes / this.#requests : 0));
    this.#rate();
  }

  #rate(): void {
    const minutes = (performance.now() - this.#since) / 60_000;
    // Before a minute has passed, a rate says little.
    write(find("#rate"), minutes < 1 ? "" : `${size(this.#bytes / minutes)} a minute`);
  }
}

const size = (bytes: number): string => (bytes < 1000 ? `${Math.round(bytes)} B` : `${(bytes / 1000).toFixed(1)} kB`);
