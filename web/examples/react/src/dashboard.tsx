import { OnlineStatusIndicator, OnlineUsersList, UserStatus, useHeartbeat, useUserStatus } from "@lastseen/react";
import { useCallback, useEffect, useState } from "react";
import { contacts, type Contact, type User } from "./auth.js";

interface DashboardProps {
  readonly user: User;
  readonly onLogout: () => void;
}

export function Dashboard({ user, onLogout }: DashboardProps) {
  const { signOut } = useHeartbeat(); // here for as long as the dashboard is
  const people = useContacts(user);
  const name = useCallback((id: unknown) => people.find((one) => one.id == id)?.username ?? user.name, [people, user]);
  const logOut = () => {
    void signOut(); // before the token is gone
    onLogout();
  };
  return (
    <main>
      <header>
        <h1>
          <OnlineStatusIndicator userId={user.id} size="lg" /> {user.name}
        </h1>
        <button onClick={logOut}>Log out</button>
      </header>
      <section>
        <h2>Contacts</h2>
        <ul className="contacts">
          {people.map((contact) => (
            <Row key={contact.id} contact={contact} />
          ))}
        </ul>
      </section>
      <section>
        <h2>Online now</h2>
        <OnlineUsersList renderUser={name} />
      </section>
    </main>
  );
}

function Row({ contact }: { readonly contact: Contact }) {
  const { text } = useUserStatus(contact.id);
  return (
    <li>
      <b>{contact.username}</b> <i>{text}</i>
      <UserStatus userId={contact.id} size="sm" />
    </li>
  );
}

/** The contacts, looked up again now and then: somebody may be new. */
function useContacts(user: User): readonly Contact[] {
  const [people, setPeople] = useState<readonly Contact[]>([]);
  useEffect(() => {
    const look = () => contacts(user).then(setPeople, console.warn);
    void look();
    const timer = setInterval(look, 5_000);
    return () => clearInterval(timer);
  }, [user]);
  return people;
}
