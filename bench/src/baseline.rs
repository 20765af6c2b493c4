//! What Lastseen is compared with: the same framework, doing less, or doing what most people
//! write.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    error::ErrorInternalServerError,
    web::{self, Bytes, Data},
};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait, Set,
    sea_query::OnConflict,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};

use crate::token::Checker;

/// The column on the users table that everybody starts with.
mod users {
    #![expect(unreachable_pub, reason = "sea-orm's derive wants it")]

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub last_activity: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How many connections one-upsert may use.
const POOL: u32 = 32;

/// Serves on `port`, with a database at `database` and the constant body in the file `body`, if
/// that is named.
pub(crate) async fn serve(port: u16, database: &str, body: &str) -> anyhow::Result<()> {
    let db = Data::new(connect(database).await?);
    let body = if body.is_empty() { Vec::new() } else { std::fs::read(body)? };
    let body = Data::new(Bytes::from(body));
    let checker = Data::new(Checker::default());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(db.clone())
            .app_data(body.clone())
            .app_data(checker.clone())
            .route("/readyz", web::get().to(HttpResponse::Ok))
            .route("/ceiling", web::post().to(ceiling))
            .route("/static", web::get().to(constant))
            .route("/one-upsert", web::post().to(one_upsert))
    });
    Ok(server.bind(("127.0.0.1", port))?.run().await?)
}

/// The same durability as Lastseen's: on SQLite a write-ahead log that is synchronised at every
/// commit, on a server whatever that does.
async fn connect(url: &str) -> anyhow::Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(POOL).sqlx_logging(false).map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
    });
    let db = Database::connect(options).await?;
    // The type that makes it the row's own key on SQLite.
    let integer = if url.starts_with("sqlite") { "INTEGER" } else { "BIGINT" };
    let create =
        format!("CREATE TABLE users (id {integer} PRIMARY KEY, last_activity BIGINT NOT NULL)");
    db.execute_unprepared(&create).await?;
    Ok(db)
}

/// Checks the token, and that is all.
async fn ceiling(request: HttpRequest, checker: Data<Checker>) -> actix_web::Result<HttpResponse> {
    checker.check(&request)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Checks the token and answers a constant.
async fn constant(
    request: HttpRequest,
    checker: Data<Checker>,
    body: Data<Bytes>,
) -> actix_web::Result<HttpResponse> {
    checker.check(&request)?;
    let body = Bytes::clone(&body);
    Ok(HttpResponse::Ok().content_type("application/json").body(body))
}

/// What most people write.
async fn one_upsert(
    request: HttpRequest,
    checker: Data<Checker>,
    db: Data<DatabaseConnection>,
) -> actix_web::Result<HttpResponse> {
    let user = checker.check(&request)?.user_id;
    #[expect(clippy::disallowed_methods, reason = "as most people write it")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(ErrorInternalServerError)?;
    let row = users::ActiveModel {
        id: Set(i64::try_from(user).map_err(ErrorInternalServerError)?),
        last_activity: Set(i64::try_from(now.as_millis()).map_err(ErrorInternalServerError)?),
    };
    users::Entity::insert(row)
        .on_conflict(
            OnConflict::column(users::Column::Id)
                .update_column(users::Column::LastActivity)
                .to_owned(),
        )
        .exec_without_returning(&**db)
        .await
        .map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::NoContent().finish())
}
