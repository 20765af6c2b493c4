//! What [`Accounts`] promise, on each database.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use futures::future::join_all;
use presence::{Database, Timestamp, UserId, UserIdKind};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, QuerySelect, QueryTrait, Statement,
};
use tempfile::TempDir;
use testbed::{Durability, MariaDb, Postgres};
use tokio::runtime::Runtime;

use crate::{
    Account, Accounts, AccountsError, Field, OldPassword, Password, Profile, Search, Username,
    threads::{Threads, tests::occupy},
};

const NOW: Timestamp = Timestamp::from_millis(1_795_302_000_123);
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
const TIMEOUT: Duration = Duration::from_secs(30);

async fn connect(url: &str) -> DatabaseConnection {
    let database = Database::new(url).unwrap();
    migration::up(&database.connect(1, TIMEOUT).await.unwrap()).await.unwrap();
    database.connect(10, TIMEOUT).await.unwrap()
}

fn accounts(db: DatabaseConnection) -> Accounts {
    let threads = Threads::start_some(2, 64).unwrap();
    Accounts::new(db, 5, UserIdKind::Integer, TIMEOUT, false).unwrap().hashing_on(threads)
}

/// An empty database, and where it is.
async fn file() -> (DatabaseConnection, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/accounts.db?mode=rwc", folder.path().display());
    (connect(&url).await, folder)
}

async fn register(
    accounts: &Accounts,
    name: &str,
    display_name: Option<&str>,
) -> Result<Account, AccountsError> {
    let mut profile = Profile::default();
    profile.set(Field::DisplayName, display_name.map(ToOwned::to_owned), NOW).unwrap();
    let name = Username::parse(name).unwrap();
    accounts.register(&name, Password::parse("12345678").unwrap(), &profile, NOW).await
}

async fn login(accounts: &Accounts, name: &str, password: &str) -> Option<Account> {
    accounts.login(name, password.to_owned(), HOME, || NOW).await.unwrap()
}

/// The names that a search finds.
async fn found(accounts: &Accounts, search: &str) -> Vec<String> {
    let search = Search::parse(search).unwrap().unwrap();
    let found = accounts.search(&search, None, 100).await.unwrap();
    found.into_iter().map(|(account, _)| account.username).collect()
}

async fn names_belong_to_whoever_was_first(accounts: &Accounts) {
    let account = register(accounts, "Ådá", Some("Ada")).await.unwrap();
    assert_eq!((&account.username[..], account.created_at), ("Ådá", NOW));
    assert_eq!(account.display_name.as_deref(), Some("Ada"));
    for same in ["Ådá", "ÅDÁ", "a\u{30a}da\u{301}", "\u{212b}dá"] {
        let taken = register(accounts, same, None).await;
        assert!(matches!(taken, Err(AccountsError::Taken)), "{same}: {taken:?}");
        assert_eq!(login(accounts, same, "12345678").await, Some(account.clone()), "{same}");
    }
    register(accounts, "Ådá ada", None).await.unwrap();
}

async fn of_many_who_want_a_name_at_once_one_gets_it(accounts: &Accounts) {
    let results = join_all((0..20).map(|_| register(accounts, "Grace", None))).await;
    let taken = |result: &&Result<_, _>| matches!(result, Err(AccountsError::Taken));
    assert_eq!(results.iter().filter(taken).count(), 19);
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
}

async fn a_login_takes_the_right_name_and_password(accounts: &Accounts) {
    register(accounts, "Hedy", None).await.unwrap();
    assert!(login(accounts, "hedy", "12345678").await.is_some());
    for (name, password) in [("hedy", "123456789"), ("hedi", "12345678"), ("he\0dy", "12345678")] {
        assert_eq!(login(accounts, name, password).await, None, "{name:?}");
    }
}

async fn a_password_replaces_the_one_that_it_was_checked_against(accounts: &Accounts) {
    let user = register(accounts, "Radia", None).await.unwrap().user;
    let check = async |old: &str, new: &str| {
        let passwords = (old.to_owned(), Password::parse(new).unwrap());
        accounts.check_password(&user, passwords, HOME, || NOW).await.unwrap()
    };
    assert!(matches!(check("12345679", "new password").await, OldPassword::Wrong));
    let OldPassword::Right(first) = check("12345678", "new password").await else { panic!() };
    let OldPassword::Right(second) = check("12345678", "newer password").await else { panic!() };
    assert!(!format!("{first:?}").contains("argon2"));
    assert!(accounts.change_password(first).await.unwrap());
    assert!(!accounts.change_password(second).await.unwrap(), "it is not the old one any more");
    assert_eq!(login(accounts, "radia", "12345678").await, None);
    assert!(login(accounts, "radia", "new password").await.is_some());
}

async fn lists_go_on_where_they_ended_and_search_both_names(accounts: &Accounts) {
    for (name, display_name) in [("100%", None), ("a_b", Some("Straße")), ("o'neil\\", None)] {
        register(accounts, name, display_name).await.unwrap();
    }
    let all = accounts.list(None, 100).await.unwrap();
    let ids =
        |list: &[Account]| list.iter().map(|account| account.user.clone()).collect::<Vec<_>>();
    assert!(all.is_sorted_by_key(|account| account.user.clone()) && all.len() >= 3);
    let first = accounts.list(None, 2).await.unwrap();
    let rest = accounts.list(Some(&first[1].user), 100).await.unwrap();
    assert_eq!(ids(&[first, rest].concat()), ids(&all));

    for (search, names) in [
        ("%", &["100%"][..]),
        ("_", &["a_b"]),
        ("\\", &["o'neil\\"]),
        ("'", &["o'neil\\"]),
        ("A_B", &["a_b"]),
        ("strasse", &["a_b"]),
        ("b\u{a0}s", &[]),
        ("100%%", &[]),
        ("sträss", &[]),
        ("å_b", &[]),
    ] {
        assert_eq!(found(accounts, search).await, names, "{search}");
    }
}

async fn a_search_goes_on_where_its_page_ended_and_finds_each_once(accounts: &Accounts) {
    let mut names = vec!["zoe zoe".to_owned()];
    register(accounts, "zoe zoe", Some("Zoe of Zoe")).await.unwrap();
    for at in 0..7 {
        names.push(format!("z{at}"));
        register(accounts, &names[at + 1], Some("Zoe")).await.unwrap();
    }
    let search = Search::parse("zo").unwrap().unwrap();
    for limit in [1, 2, 3, 100] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = accounts.search(&search, after, limit).await.unwrap();
            let Some((_, last)) = page.last() else { break };
            after = search.place(&last.text());
            found.extend(page.into_iter().map(|(account, _)| account.username));
        }
        assert_eq!(found, names, "{limit}");
    }
    let page = accounts.search(&search, None, 3).await.unwrap();
    register(accounts, "zoa", None).await.unwrap();
    accounts.erase(&page[2].0.user).await.unwrap();
    let rest = accounts.search(&search, Some(page[2].1.clone()), 100).await.unwrap();
    let rest: Vec<_> = rest.into_iter().map(|(account, _)| account.username).collect();
    assert_eq!(rest, ["z2", "z3", "z4", "z5", "z6"], "whoever else comes or goes");
}

async fn a_name_that_looks_like_anothers_is_taken_until_that_is_erased(accounts: &Accounts) {
    let user = register(accounts, "coco", None).await.unwrap().user;
    register(accounts, "ТОМ", None).await.unwrap();
    for same in ["сосо", "СОСО", "ϲοϲο", "Tom"] {
        let taken = register(accounts, same, None).await;
        assert!(matches!(taken, Err(AccountsError::Taken)), "{same}: {taken:?}");
        assert_eq!(login(accounts, same, "12345678").await, None, "{same}");
    }
    for other in ["c0c0", "cоco".replace('о', "ó").as_str()] {
        register(accounts, other, None).await.unwrap();
    }
    accounts.erase(&user).await.unwrap();
    register(accounts, "сосо", None).await.unwrap();
    assert!(matches!(register(accounts, "coco", None).await, Err(AccountsError::Taken)));
}

/// What a node of the version before writes, which knows of no terms and no shapes.
async fn accounts_of_an_older_version_are_found_after_the_next_start(
    accounts: &Accounts,
    db: &DatabaseConnection,
) {
    for (name, key, text) in
        [("Xenia", "xenia", "xenia\nxenia of old"), ("хо", "хо", "хо\n"), ("xo", "xo", "xo\n")]
    {
        let insert = format!(
            "INSERT INTO account (username, username_key, search_text, password_hash, created_at) \
             VALUES ('{name}', '{key}', '{text}', 'x', 5)"
        );
        db.execute_unprepared(&insert).await.unwrap();
    }
    let user = register(accounts, "Xaver", Some("Xaver")).await.unwrap().user;
    let rename = "UPDATE account SET display_name = 'Xanthippe', \
                  search_text = 'xaver\nxanthippe' WHERE username = 'Xaver'";
    db.execute_unprepared(rename).await.unwrap();
    assert_eq!(found(accounts, "xe").await, [""; 0]);
    assert_eq!(accounts.catch_up().await.unwrap(), 4);
    assert_eq!(accounts.catch_up().await.unwrap(), 0, "once");
    assert_eq!(found(accounts, "XENIA of").await, ["Xenia"]);
    assert_eq!(found(accounts, "xanth").await, ["Xaver"]);
    assert_eq!(found(accounts, "хо").await, ["хо"], "those who look alike stay as they are");
    let taken = register(accounts, "ххх", None).await.and(register(accounts, "xxx", None).await);
    assert!(matches!(taken, Err(AccountsError::Taken)));
    assert!(accounts.erase(&user).await.unwrap());
}

/// A search reads what it answers in the order in which it is kept.
async fn a_search_is_served_by_an_index(db: &DatabaseConnection) {
    let rows = 5000;
    let numbers =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) ";
    let backend = db.get_database_backend();
    let is_mysql = backend == DbBackend::MySql;
    for from in (0..rows).step_by(1000) {
        let text = if is_mysql {
            format!("CONCAT('user', {from} + i)")
        } else {
            format!("'user' || ({from} + i)")
        };
        let account = format!("SELECT {text}, {text}, {text}, {text}, 'x', 5 FROM n");
        let columns = "account (username, username_key, search_text, indexed_text, password_hash, created_at)";
        let insert = if is_mysql {
            format!("INSERT INTO {columns} {numbers} {account}")
        } else {
            format!("{numbers} INSERT INTO {columns} {account}")
        };
        db.execute_unprepared(&insert).await.unwrap();
    }
    let terms = "INSERT INTO account_term (term, account_id) SELECT username_key, id FROM account \
                 WHERE password_hash = 'x' AND username_key LIKE 'user%'";
    db.execute_unprepared(terms).await.unwrap();
    let analyze = if is_mysql { "ANALYZE TABLE account_term" } else { "ANALYZE account_term" };
    db.execute_unprepared(analyze).await.unwrap();
    let search = Search::parse("user").unwrap().unwrap();
    let after = search.place("40 user40").unwrap();
    for query in crate::index::queries(&search, &after) {
        let query = query.limit(100).build(backend);
        let is_sqlite = backend == DbBackend::Sqlite;
        let explain = if is_sqlite { "EXPLAIN QUERY PLAN " } else { "EXPLAIN " };
        let explain = Statement { sql: format!("{explain}{}", query.sql), ..query };
        let plan = db.query_all_raw(explain).await.unwrap();
        let cells = |row: &QueryResult| {
            let columns = row.column_names();
            let cell = |name: &String| row.try_get::<String>("", name).unwrap_or_default();
            columns.iter().map(cell).collect::<Vec<_>>().join(" ")
        };
        let plan = plan.iter().map(cells).collect::<Vec<_>>().join("\n");
        let told: &[&str] = match backend {
            DbBackend::Sqlite => &["SEARCH account_term USING PRIMARY KEY"],
            DbBackend::Postgres => &["Index Only Scan using account_term_pkey"],
            DbBackend::MySql | _ => &["range", "PRIMARY"],
        };
        assert!(told.iter().all(|told| plan.contains(told)), "{plan}");
        for sorted in ["TEMP B-TREE", "Sort", "filesort"] {
            assert!(!plan.contains(sorted), "{plan}");
        }
    }
}

async fn what_users_say_of_themselves_can_be_changed_and_cleared(accounts: &Accounts) {
    let user = register(accounts, "Mary", Some("Mary")).await.unwrap().user;
    let fields = [
        (Field::DisplayName, "Ms. Jackson"),
        (Field::AvatarUrl, "/mary.png"),
        (Field::Gender, "woman"),
        (Field::Birthdate, "1921-04-09"),
        (Field::PhoneNumber, "+1 757"),
    ];
    let mut profile = Profile::default();
    for (field, value) in fields {
        profile.set(field, Some(value.to_owned()), NOW).unwrap();
    }
    let account = accounts.change(&user, profile).await.unwrap().unwrap();
    assert_eq!(account.display_name.as_deref(), Some("Ms. Jackson"));
    assert_eq!(account.avatar_url.as_deref(), Some("/mary.png"));
    assert_eq!(account.gender.as_deref(), Some("woman"));
    assert_eq!(account.birthdate.as_deref(), Some("1921-04-09"));
    assert_eq!(account.phone_number.as_deref(), Some("+1 757"));
    assert_eq!(found(accounts, "ms. jack").await, ["Mary"], "it is found by the new name");

    let mut profile = Profile::default();
    profile.set(Field::DisplayName, None, NOW).unwrap();
    profile.set(Field::Gender, None, NOW).unwrap();
    let account = accounts.change(&user, profile).await.unwrap().unwrap();
    assert_eq!((&account.display_name, &account.gender), (&None, &None));
    assert_eq!(account.birthdate.as_deref(), Some("1921-04-09"), "the rest stays");
    assert_eq!(found(accounts, "ms. jack").await, [""; 0]);
    let unchanged = accounts.change(&user, Profile::default()).await.unwrap();
    assert_eq!(unchanged, Some(account));
}

async fn an_erased_account_is_gone_and_its_id_is_not_given_out_again(accounts: &Accounts) {
    let user = register(accounts, "Rosalind", None).await.unwrap().user;
    assert!(accounts.erase(&user).await.unwrap());
    assert!(!accounts.erase(&user).await.unwrap(), "once");
    assert_eq!(accounts.find(&user).await.unwrap(), None);
    assert_eq!(login(accounts, "Rosalind", "12345678").await, None);
    assert_eq!(accounts.change(&user, Profile::default()).await.unwrap(), None);
    let next = register(accounts, "Rosalind", None).await.unwrap().user;
    assert!(next > user, "{next} {user}");
    let stranger = UserId::parse(UserIdKind::String, "ada").unwrap();
    assert_eq!(accounts.find(&stranger).await.unwrap(), None);
    assert!(!accounts.erase(&stranger).await.unwrap());
}

async fn suite(db: DatabaseConnection) {
    let (accounts, db) = (&accounts(db.clone()), &db);
    names_belong_to_whoever_was_first(accounts).await;
    of_many_who_want_a_name_at_once_one_gets_it(accounts).await;
    a_login_takes_the_right_name_and_password(accounts).await;
    a_password_replaces_the_one_that_it_was_checked_against(accounts).await;
    lists_go_on_where_they_ended_and_search_both_names(accounts).await;
    a_search_goes_on_where_its_page_ended_and_finds_each_once(accounts).await;
    a_name_that_looks_like_anothers_is_taken_until_that_is_erased(accounts).await;
    accounts_of_an_older_version_are_found_after_the_next_start(accounts, db).await;
    what_users_say_of_themselves_can_be_changed_and_cleared(accounts).await;
    an_erased_account_is_gone_and_its_id_is_not_given_out_again(accounts).await;
    a_search_is_served_by_an_index(db).await;
}

#[test]
fn accounts_keep_their_promises_on_sqlite() {
    Runtime::new().unwrap().block_on(async {
        let (db, _folder) = file().await;
        suite(db).await;
    });
}

#[test]
fn accounts_keep_their_promises_on_postgresql() {
    let server = Postgres::start(Durability::Fast);
    let url = server.create_database();
    Runtime::new().unwrap().block_on(async { suite(connect(&url).await).await });
}

#[test]
fn accounts_keep_their_promises_on_mariadb() {
    let server = MariaDb::start(Durability::Fast);
    let url = server.create_database();
    Runtime::new().unwrap().block_on(async { suite(connect(&url).await).await });
}

#[tokio::test]
async fn ids_are_strings_where_those_of_users_are() {
    let (db, _folder) = file().await;
    let accounts = Accounts::new(db, 5, UserIdKind::String, TIMEOUT, false).unwrap();
    let account = register(&accounts, "Ada", None).await.unwrap();
    assert_eq!(account.user, UserId::parse(UserIdKind::String, "1").unwrap());
    assert_eq!(accounts.find(&account.user).await.unwrap(), Some(account));
}

#[tokio::test]
async fn while_too_many_log_in_an_unknown_name_is_refused_like_a_known_one() {
    let (db, _folder) = file().await;
    register(&accounts(db.clone()), "Ada", None).await.unwrap();
    let threads = Threads::start_some(1, 1).unwrap();
    let release = occupy(&threads).await;
    let waiting = tokio::spawn(threads.place().unwrap().run(|| ()));
    let accounts = accounts(db).hashing_on(threads);
    for name in ["Ada", "Grace", "", "a\0b"] {
        let refused = accounts.login(name, "12345678".to_owned(), HOME, || NOW).await;
        assert!(matches!(refused, Err(AccountsError::Overloaded)), "{name:?}: {refused:?}");
    }
    drop(release);
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_guesses_waits_whether_there_is_such_a_name_or_not_and_its_owner_elsewhere_does_not() {
    let (db, _folder) = file().await;
    let threads = Threads::start_some(2, 64).unwrap();
    let accounts = Accounts::new(db, 5, UserIdKind::Integer, TIMEOUT, true).unwrap();
    let accounts = accounts.hashing_on(threads);
    let user = register(&accounts, "Ada", None).await.unwrap().user;
    let log_in = async |name: &str, password: &str, from| {
        accounts.login(name, password.to_owned(), from, || NOW).await
    };
    for name in ["ada", "grace", "a\0b"] {
        for at in 1..=4 {
            let name = if at % 2 == 0 { name.to_owned() } else { name.to_uppercase() };
            assert!(matches!(log_in(&name, "87654321", HOME).await, Ok(None)), "{name:?} {at}");
        }
        for password in ["87654321", "12345678"] {
            let refused = log_in(name, password, HOME).await;
            assert!(matches!(refused, Err(AccountsError::Guessing(_))), "{name:?}: {refused:?}");
        }
    }
    let change = ("12345678".to_owned(), Password::parse("new password").unwrap());
    let refused = accounts.check_password(&user, change, HOME, || NOW).await;
    assert!(matches!(refused, Err(AccountsError::Guessing(_))), "{refused:?}");
    let elsewhere = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));
    assert!(matches!(log_in("ada", "12345678", elsewhere).await, Ok(Some(_))));
}
