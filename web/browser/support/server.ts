import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const BINARY = resolve(import.meta.dirname, process.env["LASTSEEN_BINARY"] ?? "../../../target/debug/lastseen");

/** The clocks of the tests: what takes minutes elsewhere takes seconds here. */
export const CLOCKS = { window: 10_000, heartbeat: 3_000, poll: 1_000 };

const SETTINGS = {
  PRESENCE__WINDOW: "10s",
  PRESENCE__HEARTBEAT_INTERVAL: "3s",
  PRESENCE__POLL_INTERVAL: "1s",
  PRESENCE__CLOCK_SKEW: "1s",
  PRESENCE__COALESCE: "0s",
  PRESENCE__REFRESH: "250ms",
};

/** The real server, in development, with clocks that run fast. */
export class Server {
  readonly #folder = mkdtempSync(join(tmpdir(), "lastseen-"));
  #child: ChildProcess | undefined;
  url = "";

  static async start(): Promise<Server> {
    const server = new Server();
    await server.#launch("127.0.0.1:0");
    return server;
  }

  /** Kills it as a crash would, and starts it again where it was, `after` ms later. */
  async restart(after: number): Promise<void> {
    await this.#kill();
    await new Promise((resolve) => setTimeout(resolve, after));
    await this.#launch(new URL(this.url).host);
  }

  /** As one that is busy: connections stand, and nobody reads. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    await this.#kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The token of a new account. */
  async join(username: string): Promise<string> {
    const account = { username, password: "correct horse" };
    await this.#post("/api/auth/register", account);
    return (await this.#post("/api/auth/login", account))["access_token"] as string;
  }

  /** Who is online, as somebody else sees it. */
  async online(token: string): Promise<number[]> {
    const answer = await fetch(`${this.url}/api/chat/online-users`, { headers: { Authorization: `Bearer ${token}` } });
    return (await answer.json()).online_users;
  }

  async #post(path: string, body: object): Promise<Record<string, unknown>> {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(this.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async #launch(listen: string): Promise<void> {
    const settings = Object.entries({ ...SETTINGS, SERVER__LISTEN: listen }).map(([key, value]) => [`LASTSEEN__${key}`, value]);
    const env = { ...process.env, ...Object.fromEntries(settings), RUST_BACKTRACE: "0" };
    const child = spawn(BINARY, { cwd: this.#folder, env, stdio: ["ignore", "ignore", "pipe"] });
    this.#child = child;
    const said: string[] = [];
    for await (const line of createInterface(child.stderr)) {
      said.push(line);
      const url = /listening on (\S+)/.exec(line)?.[1];
      if (!url) continue;
      this.url = url;
      // Or the pipe fills up, and the server waits for somebody to read.
      child.stderr.resume();
      return;
    }
    throw new Error(`${BINARY} does not start: ${said.join("\n")}`);
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
}
