import { ask, type Login } from "./api.js";
import { find } from "./page.js";

export interface SignedIn {
  readonly token: string;
  readonly name: string;
}

const KEY = "lastseen demo";

/** Who is signed in in this window. Others may be somebody else: that is what a demo is for. */
export function signedIn(): SignedIn | undefined {
  const kept = sessionStorage.getItem(KEY);
  return kept ? JSON.parse(kept) : undefined;
}

export function keep(who: SignedIn | undefined): void {
  if (who) sessionStorage.setItem(KEY, JSON.stringify(who));
  else sessionStorage.removeItem(KEY);
}

/** Asks whoever was signed in to do so again, and says why. */
export function explain(why: string): void {
  find("#sign-in [value=login]").click();
  find("#sign-in .problem").textContent = why;
}

const BUTTONS: Record<string, string> = { register: "Sign up", login: "Sign in", token: "Use the token" };

/** Sets up the form, and calls back with whoever signs in by it. */
export function onSignIn(callback: (who: SignedIn) => void): void {
  const form = find<HTMLFormElement>("#sign-in");
  const problem = find(".problem", form);
  const button = find<HTMLButtonElement>("button", form);
  const value = (name: string) => String(new FormData(form).get(name) ?? "").trim();
  form.addEventListener("change", () => {
    const way = value("way");
    button.textContent = BUTTONS[way] ?? "";
    for (const field of form.querySelectorAll<HTMLElement>(".field")) {
      field.hidden = field.classList.contains("token") != (way == "token");
      find<HTMLInputElement>("input, textarea", field).disabled = field.hidden;
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    button.disabled = true;
    try {
      const who = await enter(value("way"), value);
      form.reset();
      form.dispatchEvent(new Event("change"));
      callback(who);
    } catch (cause) {
      problem.textContent = cause instanceof Error ? cause.message : String(cause);
    } finally {
      button.disabled = false;
    }
  });
}

async function enter(way: string, value: (name: string) => string): Promise<SignedIn> {
  if (way == "token") {
    const token = value("token");
    await ask("GET", "/api/chat/config", token);
    return { token, name: "You" };
  }
  const account = { username: value("username"), password: value("password") };
  if (way == "register") await ask("POST", "/api/auth/register", undefined, account);
  const login = await ask<Login>("POST", "/api/auth/login", undefined, account);
  return { token: login.access_token, name: login.user.display_name ?? login.user.username };
}
