//! `lastseen migrate`

use actix_web::rt::System;
use migration::{Migrator, MigratorTrait};
use presence::{ConnectError, Database};

use super::print::print;
use crate::{cli::Direction, settings::Settings, store_refusals};

/// Moves the schema, or tells where it is.
pub(crate) fn migrate(settings: &Settings, direction: Direction) -> anyhow::Result<()> {
    System::new().block_on(async {
        store_refusals::check_folder(settings)?;
        let refused = |error: ConnectError| store_refusals::explain(settings, &error);
        let database = Database::new(&settings.database.url).map_err(refused)?;
        let db = database.connect(1, settings.database.timeout.0).await.map_err(refused)?;
        match direction {
            Direction::Up => {
                let updated = migration::up(&db).await;
                updated.map_err(|error| refused(ConnectError::refused(error)))?;
            }
            Direction::Down => {
                // What goes down, goes with its rows: not under a node that serves them.
                let _lock = database.serve().map_err(refused)?;
                Migrator::down(&db, Some(1)).await?;
            }
            Direction::Status => {}
        }
        for migration in Migrator::get_migration_with_status(&db).await? {
            print(&format!("{} {}", migration.status(), migration.name()))?;
        }
        Ok(())
    })
}
