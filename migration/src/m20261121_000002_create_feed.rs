//! Creates what nodes learn of each other's writes by: `presence_era`, and on databases that several
//! nodes write to, `presence_feed` and the procedure that writes both it and `presence`.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const SQLITE: &str = "
    CREATE TABLE presence_era (era INTEGER PRIMARY KEY NOT NULL) STRICT;
    INSERT INTO presence_era VALUES (abs(random()) % 4294967296)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(SQLITE).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP TABLE presence_era").await?;
        Ok(())
    }
}
