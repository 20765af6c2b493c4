//! `lastseen serve`

use crate::{
    app::Application,
    credentials,
    settings::{Secret, Settings},
    signals::Signals,
};

/// Serves until it is told to stop.
pub(crate) fn serve(settings: &Settings) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let signals = Signals::listen()?;
        let application = Application::build(settings).await?;
        let address = application.address();
        log::info!("listening on http://{address}");
        if settings.auth.secret.as_ref().is_some_and(Secret::has_blank_ends) {
            log::warn!(
                "auth.secret begins or ends with blanks or newlines, which are part of it: if tokens \
                 are refused, leave them out, or have the issuer sign with them too"
            );
        }
        if settings.has_accounts() {
            log::info!("accounts are on: users may register and log in");
        }
        if settings.is_development() {
            let path = credentials::secret_path(settings)?;
            log::warn!(
                "development: no key is configured, so tokens are signed with the secret in {}",
                path.display()
            );
            let lastseen = std::env::args().next().unwrap_or_else(|| "lastseen".to_owned());
            log::info!("get a token with: {lastseen} token --user 5");
            log::info!("try it out at http://{address}/swagger-ui/");
        }
        application.run_until_stopped(signals).await
    })
}
