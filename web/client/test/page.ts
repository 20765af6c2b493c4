import { vi } from "vitest";

/** A page without a browser: what the client asks of one, and what a test does to it. */
export class Page {
  readonly document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  readonly #window = new EventTarget();
  readonly #storage = new Map<string, string>();

  constructor() {
    vi.stubGlobal("document", this.document);
    vi.stubGlobal("addEventListener", this.#window.addEventListener.bind(this.#window));
    vi.stubGlobal("removeEventListener", this.#window.removeEventListener.bind(this.#window));
    vi.stubGlobal("navigator", {});
    vi.stubGlobal("BroadcastChannel", undefined);
    vi.stubGlobal("localStorage", {
      getItem: (key: string) => this.#storage.get(key) ?? null,
      setItem: (key: string, value: string) => this.#storage.set(key, value),
    });
  }

  hide(): void {
    this.document.visibilityState = "hidden";
    this.document.dispatchEvent(new Event("visibilitychange"));
  }

  show(): void {
    this.document.visibilityState = "visible";
    this.document.dispatchEvent(new Event("visibilitychange"));
  }

  /** What a browser says when a page goes away, the network is back, and so on. */
  says(event: string): void {
    this.#window.dispatchEvent(new Event(event));
  }
}

/** Lets `ms` pass. */
export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
