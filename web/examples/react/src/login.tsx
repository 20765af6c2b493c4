import { useState, type FormEvent } from "react";
import { logIn, type User } from "./auth.js";

export function Login({ onLogin }: { readonly onLogin: (user: User) => void }) {
  const [problem, setProblem] = useState("");
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    try {
      onLogin(await logIn(String(said.get("username")), String(said.get("password"))));
    } catch (cause) {
      setProblem(cause instanceof Error ? cause.message : String(cause));
    }
  };
  return (
    <form className="login" onSubmit={submit}>
      <h1>Log in</h1>
      <label>
        User name <input name="username" autoComplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" minLength={8} required />
      </label>
      <p role="alert">{problem}</p>
      <button>Log in</button>
    </form>
  );
}
