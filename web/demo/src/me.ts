import type { Lastseen } from "@lastseen/client";
import type { OwnStatus, Visit } from "./api.js";
import { inWords, mark } from "./contacts.js";
import { find, make, write } from "./page.js";

const ROUTE = "/api/user-status/me";

/** What others are told about whoever is signed in, to be changed here. */
export class Me {
  readonly #form = find<HTMLFormElement>("#me");
  readonly #status = find("#me-status");
  readonly #problem = find(".problem", this.#form.parentElement ?? document);
  #hidden = false;

  constructor(
    readonly client: Lastseen,
    readonly visit: Visit,
    readonly id: string,
    name: string,
  ) {
    find("#me-name").textContent = name;
    this.#problem.textContent = "";
    this.#status.replaceChildren(make("span", "dot"), make("span"));
    this.#form.onsubmit = (event) => event.preventDefault();
    this.#form.onchange = () => void this.#change();
    void this.#load();
    this.update();
  }

  update(): void {
    const status = this.client.status(this.id);
    mark(this.#status, status, this.client.now());
    const text = find("span:last-child", this.#status);
    write(text, this.#hidden ? "others see you offline" : inWords(status, this.client.now()));
  }

  async #load(): Promise<void> {
    // A server without statuses shows none.
    this.#form.hidden = true;
    const own = await this.visit.ask<OwnStatus>("GET", ROUTE).catch(() => undefined);
    if (!own) return;
    this.#form.hidden = false;
    this.#fill(own);
  }

  async #change(): Promise<void> {
    const said = new FormData(this.#form);
    const change = {
      availability: said.get("availability"),
      text: String(said.get("text") ?? "").trim() || null,
      invisible: said.has("invisible"),
    };
    try {
      this.#fill(await this.visit.ask<OwnStatus>("PUT", ROUTE, change));
      this.#problem.textContent = "";
    } catch (cause) {
      this.#problem.textContent = cause instanceof Error ? cause.message : String(cause);
    }
  }

  #fill({ availability, text, invisible }: OwnStatus): void {
    const field = (name: string) => this.#form.elements.namedItem(name);
    const [availabilities, words, hide] = [field("availability"), field("text"), field("invisible")];
    if (availabilities instanceof RadioNodeList) availabilities.value = availability;
    if (words instanceof HTMLInputElement && words != document.activeElement) words.value = text ?? "";
    if (hide instanceof HTMLInputElement) hide.checked = invisible;
    this.#hidden = invisible;
    this.update();
  }
}
