//! Who is connected, across all workers, and who has to go when there are more than files allow.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use prometheus::IntCounter;
use slab::Slab;
use tokio::time::Instant;

mod connection;
mod victims;

pub(crate) use self::connection::{Connection, Phase};
use self::{
    connection::Standing,
    victims::{Idle, choose},
};

/// How often the log says that there are too many.
const EVERY: Duration = Duration::from_secs(10);

/// How soon to look again whether anybody is idle, when nobody was: to look costs some nanoseconds for
/// each connection.
const PAUSE: Duration = Duration::from_millis(100);

/// All connections of a node. Its lock is taken when one opens or closes, never by a request.
#[derive(Debug)]
pub(crate) struct Connections {
    begun: Instant,
    /// As many may stay.
    most: usize,
    /// As many more are accepted, so that those can ask who come when nobody is idle.
    spare: usize,
    /// As many do: those that were asked to go are not among them.
    staying: AtomicUsize,
    closed: IntCounter,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    connections: Slab<Arc<Connection>>,
    /// Those that are to go next, the next one last, and how they stood when that was decided.
    next: Vec<(Arc<Connection>, Standing)>,
    /// When last nobody was idle, newcomers aside or not.
    nobody: Option<(Instant, bool)>,
    /// When last the log said that some were closed, and how many since.
    told: Option<Instant>,
    untold: usize,
    /// When last the log said that nobody was idle.
    told_of_nobody: Option<Instant>,
}

/// Whoever has an IPv6 address has all of its /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

/// The place of a connection, free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    all: Arc<Connections>,
    key: usize,
    pub(crate) connection: Arc<Connection>,
}

impl Connections {
    /// Room for `most`, and `spare` more while others go; `closed` counts those that have to.
    pub(crate) fn new(most: usize, spare: usize, closed: IntCounter) -> Self {
        let (begun, staying) = (Instant::now(), AtomicUsize::default());
        Self { begun, most, spare, staying, closed, open: Mutex::default() }
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn lose(&self) {
        self.staying.fetch_sub(1, Ordering::AcqRel);
    }

    fn keep(&self) {
        self.staying.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether more stay than may: nobody was idle. Then whoever is answered has to go.
    pub(crate) fn are_too_many(&self) -> bool {
        self.staying.load(Ordering::Acquire) > self.most
    }

    /// A place for a new client at `address`; if there are too many, another has to go.
    pub(crate) fn open(self: &Arc<Self>, address: IpAddr) -> Place {
        let connection = Arc::new(Connection::new(Arc::clone(self), network(address)));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        self.keep();
        while self.are_too_many() {
            // Half of the spare places are for those who are about to ask.
            let is_crowded = self.staying.load(Ordering::Acquire) > self.most + self.spare / 2;
            if !self.close_one(&mut open, is_crowded) {
                if is_crowded {
                    open.tell_of_nobody(self.most);
                }
                break;
            }
            open.tell(self.most);
        }
        // Now that it cannot be found to be the one that goes.
        let key = open.connections.insert(Arc::clone(&connection));
        Place { all: Arc::clone(self), key, connection }
    }

    /// Asks an idle one to close, `even_new` ones; false if there is none.
    fn close_one(&self, open: &mut Open, even_new: bool) -> bool {
        loop {
            if open.next.is_empty() && !open.look(self.now(), even_new) {
                return false;
            }
            if let Some((connection, seen)) = open.next.pop()
                && connection.make_go(seen)
            {
                self.closed.inc();
                return true;
            }
        }
    }
}

impl Open {
    /// Finds those that are to go next; false if nobody is idle.
    fn look(&mut self, now: Duration, even_new: bool) -> bool {
        let just_looked =
            |(at, also_new): (Instant, bool)| at.elapsed() < PAUSE && also_new >= even_new;
        if self.nobody.is_some_and(just_looked) {
            return false;
        }
        let idle = self.connections.iter().filter_map(|(key, connection)| {
            let (network, standing) = (connection.network, connection.standing());
            standing.phase().is_idle().then_some((key, Idle { network, standing }))
        });
        let (keys, idle): (Vec<_>, Vec<_>) = idle.unzip();
        let chosen = choose(&idle, now, even_new).into_iter().rev();
        let next = chosen.filter_map(|position| {
            let connection = self.connections.get(keys[position])?;
            Some((Arc::clone(connection), idle[position].standing))
        });
        self.next = next.collect();
        self.nobody = self.next.is_empty().then(|| (Instant::now(), even_new));
        !self.next.is_empty()
    }

    fn tell(&mut self, most: usize) {
        self.untold += 1;
        if self.told.is_none_or(|told| told.elapsed() > EVERY) {
            log::warn!(
                "{most} clients are connected, as many as files allow; idle connections closed to \
                 make room: {}. {REMEDY}",
                self.untold
            );
            (self.told, self.untold) = (Some(Instant::now()), 0);
        }
    }

    fn tell_of_nobody(&mut self, most: usize) {
        if self.told_of_nobody.is_none_or(|told| told.elapsed() > EVERY) {
            log::warn!(
                "{most} clients are connected, as many as files allow, and each has a request under \
                 way: others wait until one is answered. {REMEDY}"
            );
            self.told_of_nobody = Some(Instant::now());
        }
    }
}

/// What an operator can do.
pub(crate) const REMEDY: &str =
    "Allow more files: `ulimit -n 65536`, or `LimitNOFILE=65536` in the systemd unit";

impl Drop for Place {
    fn drop(&mut self) {
        self.connection.end();
        let mut open = self.all.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.connections.try_remove(self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room_for(most: usize, spare: usize) -> Arc<Connections> {
        Arc::new(Connections::new(most, spare, IntCounter::new("closed", "Closed.").unwrap()))
    }

    fn come(all: &Arc<Connections>, last: u8) -> Place {
        all.open([127, 0, 0, last].into())
    }

    fn idle(all: &Arc<Connections>, last: u8) -> Place {
        let place = come(all, last);
        place.connection.hear();
        place.connection.begin();
        place.connection.answer(false);
        place.connection.flushed();
        place
    }

    fn phases<const N: usize>(places: [&Place; N]) -> [Phase; N] {
        places.map(|place| place.connection.phase())
    }

    #[tokio::test(start_paused = true)]
    async fn one_too_many_closes_the_longest_idle_of_the_address_that_has_most() {
        let all = room_for(4, 2);
        let mut places = Vec::new();
        for address in [1, 2, 2, 2] {
            places.push(idle(&all, address));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert!(!all.are_too_many());
        places.push(idle(&all, 3));
        assert_eq!(places[1].connection.phase(), Phase::Unwanted);
        places.push(idle(&all, 3));
        assert_eq!(places[2].connection.phase(), Phase::Unwanted);
        assert_eq!(phases([&places[0], &places[3]]), [Phase::Idle, Phase::Idle]);
        assert_eq!(all.closed.get(), 2);
        drop(places);
        assert_eq!(all.staying.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_goes_whose_request_is_under_way_or_whose_answer_is_not_sent() {
        let all = room_for(2, 4);
        let (serving, answering) = (idle(&all, 1), idle(&all, 1));
        serving.connection.begin();
        answering.connection.begin();
        answering.connection.answer(false);
        let newcomers = [come(&all, 2), come(&all, 3)];
        assert_eq!(phases([&newcomers[0], &newcomers[1]]), [Phase::Silent, Phase::Silent]);
        assert!(all.are_too_many(), "so who is answered has to go");
        assert_eq!(phases([&serving, &answering]), [Phase::Serving, Phase::Answering]);
        serving.connection.answer(true);
        answering.connection.flushed();
        tokio::time::advance(PAUSE).await;
        let _third = come(&all, 4);
        assert_eq!(phases([&serving, &answering]), [Phase::Leaving, Phase::Unwanted]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_before_it_closes_is_served() {
        let all = room_for(1, 2);
        let first = idle(&all, 1);
        let second = come(&all, 1);
        assert_eq!(phases([&first, &second]), [Phase::Unwanted, Phase::Silent]);
        assert!(!all.are_too_many());
        first.connection.hear();
        assert_eq!(first.connection.phase(), Phase::Head);
        assert!(all.are_too_many());
    }

    #[tokio::test(start_paused = true)]
    async fn of_a_flood_of_newcomers_the_first_ones_go() {
        let all = room_for(3, 2);
        let flood: Vec<_> = (0..5).map(|_| come(&all, 1)).collect();
        let honest = come(&all, 2);
        assert_eq!(
            phases([&flood[0], &flood[4], &honest]),
            [Phase::Unwanted, Phase::Silent, Phase::Silent]
        );
    }
}
