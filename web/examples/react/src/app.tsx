import { LastseenProvider } from "@lastseen/react";
import { useState } from "react";
import { keep, kept, type User } from "./auth.js";
import { Dashboard } from "./dashboard.js";
import { Login } from "./login.js";

export function App() {
  const [user, setUser] = useState(kept);
  const change = (user?: User) => {
    keep(user);
    setUser(user);
  };
  return (
    <LastseenProvider token={user?.token}>
      {user ? <Dashboard user={user} onLogout={() => change()} /> : <Login onLogin={change} />}
    </LastseenProvider>
  );
}
