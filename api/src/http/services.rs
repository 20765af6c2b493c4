//! What the handlers work on.

use accounts::Accounts;
use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use presence::{Presence, UserIdKind};

use super::{
    address::TrustedProxies, answers::Answers, cadence::Cadence, cors::CorsRules, document,
    fallback::RouteTable, freshness::StaleFor, others, served_document, site::Site, watch::Watch,
};
use crate::{
    auth::Issuer,
    issuer_keys::IssuerKeys,
    lifecycle::Lifecycle,
    limits::Limits,
    metrics::Metrics,
    settings::{BasePath, Settings},
};

/// Everything that a handler may ask for, made once and shared by all workers.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    pub(crate) presence: Data<Presence>,
    pub(crate) lifecycle: Data<Lifecycle>,
    pub(crate) keys: Data<IssuerKeys>,
    pub(crate) metrics: Data<Metrics>,
    pub(super) watch: Arc<Watch>,
    pub(super) cors: CorsRules,
    pub(super) base: BasePath,
    limits: Data<Limits>,
    proxies: Data<TrustedProxies>,
    cadence: Data<Cadence>,
    stale_for: Data<StaleFor>,
    user_ids: Data<UserIdKind>,
    answers: Data<Answers>,
    routes: Data<RouteTable>,
    site: Site,
    /// Whether `/metrics` is here, and not at an address of its own.
    has_metrics: bool,
    accounts: Option<(Data<Accounts>, Data<Issuer>)>,
}

impl Services {
    pub(crate) fn new(
        settings: &Settings,
        keys: IssuerKeys,
        presence: Presence,
        accounts: Option<(Accounts, Issuer)>,
    ) -> anyhow::Result<Self> {
        let metrics = Data::new(Metrics::new()?);
        let cadence = Cadence::from(&settings.presence);
        let has_metrics = settings.server.metrics_listen.is_none();
        let base = settings.server.base_path.clone();
        let document_here = served_document(accounts.is_some(), has_metrics, &base);
        let site = Site::new(&base, settings.has_demo(), &document_here);
        let routes = RouteTable::new(&document_here, &others(&site));
        let server = &settings.server;
        Ok(Self {
            answers: Data::new(Answers::new(cadence.poll_interval, metrics.polls.clone())),
            watch: Arc::new(Watch::new(metrics.clone(), &document(), &others(&site))),
            metrics,
            presence: Data::new(presence),
            lifecycle: Data::default(),
            keys: Data::new(keys),
            cors: CorsRules::new(&server.allowed_origins.0, &server.allowed_headers.0),
            base,
            limits: Data::new(Limits::new(&settings.limits)),
            proxies: Data::new(TrustedProxies(server.trusted_proxies.0.clone())),
            cadence: Data::new(cadence),
            stale_for: Data::new(StaleFor(settings.presence.stale_for.0)),
            user_ids: Data::new(settings.auth.user_id.into()),
            routes: Data::new(routes),
            site,
            has_metrics,
            accounts: accounts.map(|(accounts, issuer)| (Data::new(accounts), Data::new(issuer))),
        })
    }

    /// Whether users may have accounts here.
    pub(super) fn has_accounts(&self) -> bool {
        self.accounts.is_some()
    }

    /// Whether what is counted is told here.
    pub(super) fn has_metrics(&self) -> bool {
        self.has_metrics
    }

    /// The files that are served.
    pub(super) fn site(&self) -> Site {
        self.site.clone()
    }

    /// Hands them to an application.
    pub(super) fn install(self, config: &mut ServiceConfig) {
        config
            .app_data(self.presence)
            .app_data(self.lifecycle)
            .app_data(self.keys)
            .app_data(self.metrics)
            .app_data(Data::new(self.cors))
            .app_data(self.limits)
            .app_data(self.proxies)
            .app_data(self.cadence)
            .app_data(self.stale_for)
            .app_data(self.user_ids)
            .app_data(self.answers)
            .app_data(self.routes);
        if let Some((accounts, issuer)) = self.accounts {
            config.app_data(accounts).app_data(issuer);
        }
    }
}
