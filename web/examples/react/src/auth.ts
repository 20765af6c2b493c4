/** Who is signed in. Yours is your own login; here it is the server's, which development turns on. */
export interface User {
  readonly id: number;
  readonly name: string;
  readonly token: string;
}

const KEY = "user";

export function kept(): User | undefined {
  const user = sessionStorage.getItem(KEY);
  return user ? JSON.parse(user) : undefined;
}

export function keep(user: User | undefined): void {
  if (user) sessionStorage.setItem(KEY, JSON.stringify(user));
  else sessionStorage.removeItem(KEY);
}

/** Logs in; whoever is new gets an account. */
export async function logIn(username: string, password: string): Promise<User> {
  const registered = await post("/api/auth/register", { username, password });
  if (!registered.ok && registered.status != 409) throw new Error((await registered.json()).detail);
  const answer = await post("/api/auth/login", { username, password });
  const login = await answer.json();
  if (!answer.ok) throw new Error(login.detail);
  return { id: login.user.id, name: login.user.username, token: login.access_token };
}

const post = (path: string, body: object) =>
  fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export interface Contact {
  readonly id: number;
  readonly username: string;
}

export async function contacts(user: User): Promise<Contact[]> {
  const answer = await fetch("/api/users", { headers: { Authorization: `Bearer ${user.token}` } });
  if (!answer.ok) throw new Error(`the contacts: ${answer.status}`);
  const { users } = (await answer.json()) as { users: Contact[] };
  return users.filter(({ id }) => id != user.id);
}
